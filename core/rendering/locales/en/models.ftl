# What models cost, and the screen on which operators switch them on.

command-usage = what you have asked and what it cost

usage-title = Your day
usage-commands = commands: { $used } of { $limit }
usage-money = language models: { $used } of { $limit }
usage-money-off = language models are off: every answer is computed here and costs nothing
usage-new-day = A new day begins at midnight UTC.
usage-week = The last 7 days
usage-nothing = No language model was asked for you.
usage-in-private = Send /usage in a private chat with me: the figures are yours alone.
usage-line = { $key }: { $sum }
usage-calls = { $n ->
    [one] { $n } call
   *[other] { $n } calls
}
usage-failed = { $n ->
    [one] { $n } of them failed
   *[other] { $n } of them failed
}
usage-total = Together: { $sum }
usage-more = { $n ->
    [one] and { $n } more
   *[other] and { $n } more
}
usage-estimated = ≈ means that a model did not say what it used, so the most it can have cost is counted.
usage-key-trends = trends
usage-key-keywords = keywords
usage-key-sentiment = sentiment
usage-key-topics = topics
usage-key-stories = plain questions
usage-key-check = checks by operators
usage-key-drill = drills by operators
usage-nobody = nobody in particular

usage-desk-title = The whole desk
usage-desk-today = today: { $used } of { $limit }
usage-desk-nothing = No language model was asked in these days.
usage-by-model = The last 7 days, by model
usage-by-command = The last 7 days, by command
tap-usage-desk = The whole desk
tap-usage-model = By model
tap-usage-command = By command

tap-models = Language models
tap-models-on = Turn language models on
tap-models-off = Turn language models off
models-title = Language models
models-state-on = They are on: they may choose the words of an answer. Figures are always computed here.
models-state-off = They are off: every word is chosen here, by templates.
models-by-setting = NEWSDESK_MODELS=on has switched them on. To decide here, take that setting away and restart the desk.
models-keys = Keys found: { $list }
models-no-keys = No key was found. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY, or name a server of your own, and restart the desk.
models-no-route = No route leads to a model whose key was found.
models-leaves-title = What leaves this machine
models-leaves = While they are on, this goes to { $list }: the words of a question, computed figures, and headlines and excerpts of the few articles that the answer may cite. Who asks and in which chat is not sent, and private data is masked.
models-leaves-private = No model is asked for chats in privacy mode.
models-today = Spent today: { $used } of { $limit }
models-operators-only = Only operators can do this, in a private chat with me.
models-turned-on = Language models are on
models-turned-off = Language models are off

start-models-off = Language models are off. Keys found: { $list }. Switch them on in /settings.
start-models-on = Language models are on; excerpts of the news go to { $list }.

receiver-own = a server of this desk’s own
receiver-at = { $name } ({ $host })
privacy-receivers = They are run by: { $list }.
privacy-search = To be found by meaning, every question and the beginning of every article go to { $list }, whether language models are on or off. Privacy mode keeps the questions of a chat here.
privacy-search-not-here = Privacy mode is on: questions of this chat are searched for by their words alone, on the desk’s own machine.
privacy-leaves-no-words = The words of answers are chosen on the desk’s own machine.
