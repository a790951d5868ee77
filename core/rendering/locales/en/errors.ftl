# Errors and the nearest valid form of a command.

error-id = Reference:

usage-window = “{ $word }” is not a window. Did you mean { $nearest }?
usage-window-two = One window at a time: { $nearest } or { $word }?
usage-word = /trends looks at all the news, and “{ $word }” is none of its options. For the news about it there is /analyze.
usage-mode = “{ $word }” is not a kind of analysis. Did you mean { $nearest }?
usage-mode-missing = Say what to analyze: keywords, sentiment or topics.
usage-option = “{ $word }” is not an option here. Did you mean { $nearest }?
usage-option-unknown = “{ $word }” is not an option here.
usage-lang = “{ $word }” is not a language code. Did you mean { $nearest }?
usage-lang-form = “{ $word }” is not a language code. It has two letters, as in lang=en; lang=auto takes all languages.
usage-lang-missing = Say which language: two letters, as in lang=en; lang=auto takes all languages.
usage-source = Say which source, as in source="BBC News".
usage-query = There is nothing to look for in “{ $word }”: a query needs a letter or a digit.
usage-query-missing = Say what to look for.
usage-query-long = The query is too long: at most { $limit } characters.
usage-form = Usage
usage-windows = Windows
usage-example = For example
