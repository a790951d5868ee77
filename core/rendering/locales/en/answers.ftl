# Words of answers, sources and Explain.

answer-sample = Sample news: invented by the desk, so that there is something to try.
answer-topics = Topics
answer-keywords = Key phrases
answer-aspects = Who and what
answer-emerging = Emerging: { $list }
answer-gaps = Quiet this time: { $list }
answer-mood-line = Mood: { $word } ({ $score })
answer-mood-measured = Measured in { $articles }: { $positive } positive, { $negative } negative
answer-top-sources = Top sources: { $list }
answer-new-wording = New in the wording: { $list }
answer-words = Words of the window: { $list }
answer-emotions = Emotions: { $list }
answer-timeline = Over time: { $line } ({ $first } to { $last })
answer-timeline-undated = Over time: { $line }
answer-try = Try also: { $list }
answer-without = Leave out: { $list }
answer-intents = People look for it as: { $list }
answer-more-topics = More topics
answer-examples = Examples and more phrases
answer-sources = Sources
answer-more = { $list } and { $n } more
answer-confidence = Confidence: { $word }, { $share }
answer-model = worded by { $model }
answer-local = worded locally, no language model
answer-usual = usually { $expected }
answer-new = new
answer-score = score { $score }

count-articles = { $n ->
    [one] { $n } article
   *[other] { $n } articles
}
count-publishers = { $n ->
    [one] { $n } publisher
   *[other] { $n } publishers
}

emotion-joy = joy
emotion-fear = fear
emotion-anger = anger
emotion-sadness = sadness
emotion-surprise = surprise

confidence-high = high
confidence-medium = medium
confidence-low = low

intent-informational = to learn about it
intent-navigational = to find a place or site
intent-transactional = to buy or do something
intent-research = to study it

sources-title = All sources
sources-page = Page { $page } of { $pages }
sources-also = Also looked at
sources-none = This answer has no sources to show.
sources-undated = no date
similar-title = Similar stories
similar-none = Nothing similar was found in the stored news.

explain-title = How this was computed
explain-refused = There was no answer to this question ({ $code }), so there are few figures to explain.
explain-no-facts = Nothing was counted for this request.
explain-window = Window
explain-window-span = { $start } to { $end } (asked for { $asked })
explain-window-widened = Nothing was found in { $asked }, so the window was widened to { $used }
explain-match-everything = No query: every article of the window that passes the filters is counted
explain-match-all_terms = Counted: articles that hold every word of the query
explain-match-half_weight = Too few articles held every word, so those with at least half of the query’s weight (rare words weigh more) are counted too
explain-counted = Counted { $counted } of { $matching } matching articles from { $publishers }
explain-families = Copies and several feeds of one house count as one publisher
explain-languages = Languages: { $list }
explain-undated = Without a date: { $articles }, counted by the hour first seen, never cited
explain-baseline = More than usual?
explain-baseline-enough = Compared with { $n ->
    [one] { $n } earlier window
   *[other] { $n } earlier windows
} of the same length and hours of the week; { $history } of history; { $tested } tested
explain-baseline-thin = Too little history ({ $history }, at least 14 days and 2 earlier windows are needed): no burst is claimed
explain-baseline-unread = Left out: { $n ->
    [one] { $n } earlier window
   *[other] { $n } earlier windows
} in which more than a third of the usual publishers could not be read most of the time
explain-baseline-none = Not measured for this kind of answer
explain-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
explain-things = { $n ->
    [one] { $n } theme
   *[other] { $n } themes
}
explain-formula = x: publishers now, μ: expected; μ = usual share × publishers active now. p: chance of x or more by itself; q: share of false alarms after Benjamini–Hochberg, a burst needs q ≤ 0.05, x ≥ 3 and 5 articles
explain-surge = x = { $observed }, μ = { $expected }, z = { $z } (3 h before: { $before }), p { $p }, q { $q }: { $state }
explain-burst = burst
explain-new = new in 14 days
explain-no-burst = no burst
explain-state-rising = rising
explain-state-peak = at its peak
explain-state-fading = fading
explain-sentiment = Sentiment
explain-sentiment-mean = Mean over { $measured } of { $counted } articles: { $score } on a scale of −1 to 1; { $positive } above zero, { $negative } below
explain-emotions = Means of the same articles, 0 to 100%: { $list }
explain-aspect = { $name }: { $score }, mean of { $articles }
explain-timeline = { $start } to { $end }: { $score }, mean of { $articles }
explain-sentiment-none = Not measured: no counted article is in a measured language
explain-confidence = Confidence
explain-confidence-of = { $share }, a weighted mean of three inputs, each 0 to 100%:
explain-agreement = { $share } agreement: how far the sources bear each other out
explain-sample = { $share } sample: { $articles } counted
explain-margin = { $share } margin: how clearly the chosen articles or bursts stand out from the rest
explain-evidence = Why these articles: rank and score in each search
explain-rank = { $leg } no. { $rank } ({ $score })
explain-fused = merged by rank: { $score }
explain-leg-sparse = words
explain-leg-dense = vectors
explain-policy = Checks of the answer
explain-policy-all = { $n ->
    [one] { $n } check passed
   *[other] { $n } checks passed
}
explain-verdict-allow = passed
explain-verdict-redact = redacted
explain-verdict-rewrite = reworded
explain-verdict-drop = dropped
explain-verdict-refuse = refused
explain-missing = Missing
explain-machine = Behind it
explain-timings = Time: { $total } ms ({ $list })
explain-model = Worded by { $model }, { $cost }
explain-local = Worded locally, no language model, { $cost }
explain-worded = { $task }: { $model }, { $cost }
explain-unanswered = { $task }: no usable reply, { $cost }
explain-note = { $task }, { $model ->
    [none] no model
   *[other] { $model }
}: { $why } → { $step }
explain-notes-more = and { $n } more steps
explain-task = { $task ->
    [keyphrase_mining] Key phrases
    [query_expansion] Wider query
    [sentiment_emotion] Sentiment
    [topic_modeler] Topics
   *[compose] Whole answer
}
explain-step = { $step ->
    [fewer_documents] fewer articles read
    [no_optional] optional parts left out
    [next_model] next model asked
    [repaired] asked again
   *[local] computed wording
}
explain-id = Answer { $id }, trace
