# What the bot says of itself: start, help, settings, status, privacy, and when something fails.

start-line = Newsdesk: what the news is about, with the evidence.
start-pitch-1 = Ask for trends, topics or the mood of any stretch of time.
start-pitch-2 = Or just write what you are interested in, for example: central bank rates.
start-sample = Right now the desk holds sample news, so that you can look around.

tap-trends = 📈 Trends now
tap-topics = 🗂 Topics
tap-mood = 🙂 Mood
tap-settings = ⚙️ Settings
tap-back = ‹ Back
tap-again = ↻ Try again
tap-add = Add
tap-cancel = Cancel
tap-operators = Operators
tap-remove = ✕ { $name }
tap-forget = Delete my data
tap-privacy-on = Turn privacy mode on
tap-privacy-off = Turn privacy mode off

command-trends = what is in the news: topics, momentum, mood
command-analyze = keywords, sentiment or topics of a query
command-settings = language, time zone, default window, privacy
command-status = what the desk holds and how fresh it is
command-help = commands and examples
command-privacy = what is stored and what leaves the machine
command-forget = delete what is stored about you
command-start = begin again

help-title = What I can do
help-examples = For example:
help-plain = In a private chat you can also write what you are interested in, without a command.
unknown-command = I do not know that command.
only-text = I understand words: send a command or write what you are interested in.
group-hello = Hello! Send /trends to see what is in the news, or /help for more.
stranger = This desk is private. Its owner can let this chat in under the number { $chat }.

progress-retrieve = Looking through the news…
progress-measure = Counting and comparing…
progress-agents = Reading closely…
progress-compose = Writing the answer…
progress-words = Writing the answer… { $n ->
    [one] { $n } word
   *[other] { $n } words
}
progress-other = Working on it…

rate-wait = { $seconds ->
    [one] That was a lot at once. Please wait { $seconds } second and ask again.
   *[other] That was a lot at once. Please wait { $seconds } seconds and ask again.
}

failure = Something went wrong on my side, and it has been noted. Please try again. If it keeps happening, give this code to the operator:
failure-tap = Something went wrong on my side. Please press again.
again-lost = I can no longer see your message. Please send it again.
again-foreign = Only the person who asked can repeat this.

claim-done = This desk is yours now. You can add operators in /settings.
claim-refused = This link has been used already or was never valid. A new desk prints a fresh one when it starts.
claim-in-private = Open this link in a private chat with me, from your own account.

settings-title = Settings
settings-language = Language
settings-zone = Time zone
settings-window = Default window
settings-privacy = Privacy mode
settings-privacy-about = In privacy mode no language model ever sees the questions of this chat.
settings-on = on
settings-off = off
settings-saved = Saved
settings-admins-only = Only administrators of the group can change its settings.

language-title = Which language shall I write in?
language-auto = As in Telegram

window-title = How far back shall I look when you name no window?

zone-title = Which time zone are you in?
zone-other = Yours is not here? Send its name, for example:
zone-unknown = I do not know the time zone “{ $words }”. Did you mean this one?
zone-utc = UTC
zone-london = London
zone-berlin = Berlin
zone-kyiv = Kyiv
zone-istanbul = Istanbul
zone-moscow = Moscow
zone-dubai = Dubai
zone-yekaterinburg = Yekaterinburg
zone-almaty = Almaty
zone-kolkata = Kolkata
zone-shanghai = Shanghai
zone-tokyo = Tokyo
zone-new-york = New York
zone-los-angeles = Los Angeles
zone-sao-paulo = São Paulo
zone-sydney = Sydney

operators-title = Operators
operators-none = There are none yet.
operators-how = To add somebody, share their contact here or send their Telegram number:
operators-owner-only = Only the owner of the desk can do this, in a private chat with me.
operator-confirm = Make { $name } an operator of this desk?
operator-added = Added
operator-removed = Removed
operator-no-account = This contact has no Telegram account that I can see. Send the person’s Telegram number instead.

status-title = The desk today
status-sample = This is sample news; it goes when enough real articles are here.
status-empty = There is no news here yet.
status-articles = { $n ->
    [one] { $n } article
   *[other] { $n } articles
}
status-sources = { $n ->
    [one] { $n } source
   *[other] { $n } sources
}
status-stories = { $n ->
    [one] { $n } story
   *[other] { $n } stories
}
status-languages = languages: { $list }
status-span = from { $first } to { $last }
status-per-day = about { $n } new a day
status-size = { $mib } MB on disk
status-days-left = { $days ->
    [one] space for about { $days } more day
   *[other] space for about { $days } more days
}
status-lag = { $n ->
    [one] { $n } article waits to be indexed
   *[other] { $n } articles wait to be indexed
}
status-days-plenty = space for more than ten years
status-models-on = language models are on
status-models-off = language models are off: everything is computed here

privacy-title = What becomes of your words
privacy-stored-chat = Kept: this chat’s settings, and when it last wrote.
privacy-stored-runs = { $days ->
    [one] Kept for { $days } day: your questions with their answers, so that the buttons work.
   *[other] Kept for { $days } days: your questions with their answers, so that the buttons work.
}
privacy-stored-events = { $days ->
    [one] Kept for { $days } day: which commands and votes there were, without their words.
   *[other] Kept for { $days } days: which commands and votes there were, without their words.
}
privacy-not-stored = Not kept: other messages, your phone number, your contacts. Logs hold no words of yours.
privacy-leaves-nothing = Everything is computed on the desk’s own machine; only the chat itself passes through Telegram. Feeds are fetched from their sites; nothing about you goes along.
privacy-leaves-not-here = Privacy mode is on: no language model sees the questions of this chat.
privacy-leaves-models = Questions and excerpts of the news may go to the language models that the operator has set up. Privacy mode in /settings turns this off for this chat.
privacy-forget = Send /forget to delete what is kept about you.

forget-title = Delete what is stored about you?
forget-about = Your settings, questions, answers and votes go for good, and the buttons under old answers stop working.
forget-in-private = Send /forget in a private chat with me: it is about you, not about the group.
forget-kept = Nothing was deleted.
forget-done = { $n ->
    [0] There was nothing to delete.
    [one] Done: { $n } record is deleted.
   *[other] Done: { $n } records are deleted.
}

profile-short = What the news is about: trends, topics and mood, with evidence under every line.
profile-about = I read the news and tell you what it is about: topics and how they move, key phrases, mood. Every line comes with its sources. Send /trends, or write what you are interested in.
