writer-window-6h = 6 hours
writer-window-12h = 12 hours
writer-window-24h = 24 hours
writer-window-1d = 1 day
writer-window-3d = 3 days
writer-window-1w = 1 week
writer-window-2w = 2 weeks
writer-window-1m = 1 month
writer-window-3m = 3 months
writer-window-6m = 6 months
writer-window-1y = 1 year

writer-header-trends = Trends · { $window } to { $until }
writer-header-keywords = Keywords · { $window } to { $until }
writer-header-sentiment = Sentiment · { $window } to { $until }
writer-header-topics = Topics · { $window } to { $until }
writer-header-stories = Stories · { $window } to { $until }
writer-header-query = “{ $query }” · { $header }
writer-header-sample = Sample news · { $header }

writer-articles = { $n ->
    [one] { $n } article
   *[other] { $n } articles
}
writer-publishers = { $n ->
    [one] { $n } publisher
   *[other] { $n } publishers
}
writer-stories = { $n ->
    [one] { $n } story
   *[other] { $n } stories
}

writer-story-single = { $headline } ({ $source })
writer-story-covered = { $headline }: { $articles }, { $publishers }
writer-story-burst = { $headline }: { $articles }, { $publishers }; usually { $expected } at these hours
writer-story-new = { $headline }: { $articles }, { $publishers }; new, not seen in the two weeks before
writer-topic = { $label }: { $articles } in { $stories }, { $publishers }
writer-mood = The tone is { $tone } ({ $score }) over { $articles }: { $positive } positive, { $negative } negative
writer-emotion = The strongest emotion is { $emotion } ({ $score }), then { $second } ({ $second-score })
writer-aspect = “{ $name }”: the tone is { $tone } ({ $score }), { $articles }
writer-conflict = { $first } writes in a { $first-tone } tone ({ $first-score }), { $second } in a { $second-tone } one ({ $second-score })
writer-phrase = “{ $phrase }” is in { $n } of { $articles }, { $publishers }
writer-new-words = New in the wording: { $phrases }
writer-tone = { $tone ->
    [very-negative] clearly negative
    [negative] rather negative
    [neutral] neutral
    [positive] rather positive
   *[very-positive] clearly positive
}
writer-emotion-name = { $emotion ->
    [joy] joy
    [fear] fear
    [anger] anger
    [sadness] sadness
   *[surprise] surprise
}

writer-tldr-burst = Far above the usual: { $headlines }.
writer-tldr-covered = Most covered: { $headlines }.
writer-tldr-tone = The tone is { $tone }.
writer-tldr-mood = The tone is { $tone }; of the emotions, { $emotion } is felt most.
writer-tldr-phrases = Most used: { $phrases }.

writer-warn-widened = Nothing in the last { $asked }; widened to { $used }.
writer-warn-half = Only { $n ->
    [0] none
   *[other] { $n }
} held every word of the query, so articles with most of it are counted too.
writer-warn-unread = { $n } of { $total } sources could not be read for part of this window: { $names }.
writer-warn-unread-more = { $n } of { $total } sources could not be read for part of this window: { $names } and { $more } more.
writer-warn-cap = Counted the newest { $counted } of { $matching }.
writer-warn-index = The search index does not answer, so articles are listed without ranking by the query. All figures are complete.
writer-warn-undated = { $articles } without a date: counted by the hour first seen, never cited.
writer-warn-thin = Thin baseline: { $days ->
    [one] { $days } day of history
   *[other] { $days } days of history
}, too little to claim a burst. Listed by how many publishers cover them.
writer-warn-few-windows = With { $days ->
    [one] { $days } day
   *[other] { $days } days
} of history there are too few earlier windows of this length to claim a burst. Listed by how many publishers cover them.
writer-warn-unread-windows = In { $n ->
    [one] { $n } earlier window
   *[other] { $n } earlier windows
} too many sources could not be read, and too few are left to claim a burst. Listed by how many publishers cover them.
writer-warn-quiet = Nothing stands out from the usual for these hours. Listed by how many publishers cover them.
writer-warn-unmeasured = No article here is in a language whose sentiment is measured ({ $languages }).
writer-warn-partly-measured = Sentiment covers { $measured } of { $articles }; measured languages: { $languages }.
writer-warn-private = Privacy mode: no language model saw this question.
writer-warn-late = Time was short: the wording is the computed one.
writer-warn-dropped = { $n ->
    [one] { $n } sentence
   *[other] { $n } sentences
} without support in the sources left out.
writer-warn-near = { $share } of today’s budget for language models is used up { $scope ->
    [user_day_usd] for you
    [chat_day_usd] in this chat
   *[global_day_usd] on this desk
}. After that answers are computed without them.
writer-warn-commands = You have used { $used } of today’s { $limit } questions.
writer-note-why = { $reason ->
    [tokens] the tokens of one answer are used up
    [money] the budget is used up
    [time] time was short
    [timeout] no answer in time
    [rate_limited] too many requests
    [overloaded] overloaded
    [auth] its key is not accepted
    [bad_request] it did not take the request
    [policy] it declined this content
    [schema_invalid] its reply was of no use
    [context_too_long] too much to read at once
    [breaker_open] not reachable lately
    [quota] its quota is used up
    [busy] busy
    [unpriced] its price is not known
   *[ledger] spending cannot be recorded right now
}
writer-note-fewer_documents = Language models read fewer articles than usual ({ $why }).
writer-note-no_optional = Language models did without emotions, timeline, emerging themes and gaps ({ $why }).
writer-note-next_model = { $models }: { $why }; the next language model was asked.
writer-note-repaired = { $models }: { $why } at first and was asked for again.
writer-note-local = Where no language model answered, the computed wording is used ({ $models ->
    [none] { $why }
   *[other] { $models }: { $why }
}).
writer-context-timeline = The tone from slice to slice of the window, oldest first: { $scores }
writer-context-emerging = New on its way up: { $phrases }
writer-context-gaps = Usual before and missing now: { $phrases }
writer-quoted = “{ $text }”

writer-refuse-no-data = No news found for this, not even over a whole year. Try other words, or remove a filter.
writer-refuse-no-source = No source here is called “{ $source }”. Look at /status for what is read, or leave source= out.
writer-refuse-no-words = There is no searchable word in this query. Name a person, a place or a thing.
writer-refuse-no-dated = The matching articles have no dates, so nothing can be cited as evidence.
writer-refuse-unmeasured = Sentiment is measured in these languages: { $languages }. Nothing found here is in one of them.
writer-refuse-unsupported = Nothing in the draft was supported by its sources, so it was not sent. Try a wider window.
writer-refuse-budget = You have used today’s { $limit } questions. The count starts anew at midnight UTC.
writer-refuse-money = { $scope ->
    [user_day_usd] Your budget for language models is used up for today; it starts anew at midnight UTC.
    [chat_day_usd] This chat’s budget for language models is used up for today; it starts anew at midnight UTC.
    [global_day_usd] This desk’s budget for language models is used up for today; it starts anew at midnight UTC.
   *[command_usd] The budget of one answer is too small for a language model here.
} { $command ->
    [trends] /trends simple
    [stories] Your question with “simple” at its end
   *[other] /analyze { $command } … simple
} still works: it is computed without one.
writer-refuse-internal = Something went wrong on our side. Nothing was lost; please try again.
writer-refuse-busy = The desk is busy storing news. Please try again in a few seconds.
writer-refuse-late = This took longer than { $seconds } seconds and was stopped. Try a shorter window.
writer-refuse-model = No language model is available for an enhanced answer. Ask without “enhanced” for the computed one.
writer-refuse-index = The search index does not answer right now. Please try again in a minute.
writer-refuse-store = The desk’s database does not answer right now. What was stored is safe; please try again in a minute.
writer-refuse-full = The desk’s disk is full. Its operator has to make room; nothing stored was lost.

writer-button-unknown = This button is from another version. Send the command again.
writer-button-expired = This answer is no longer stored. Send the command again for a fresh one.
writer-button-foreign = This button belongs to another chat. Send the command here.
writer-button-thanks = Thank you, noted.
writer-button-why = What was wrong with it?
