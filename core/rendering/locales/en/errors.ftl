# Errors and the nearest valid form of a command.

error-id = Number:

usage-window = “{ $word }” is not a window. Did you mean { $nearest }?
usage-mode = “{ $word }” is not a kind of analysis. Did you mean { $nearest }?
usage-mode-missing = Say what to analyze: keywords, sentiment or topics.
usage-option = “{ $word }” is not an option here. Did you mean { $nearest }?
usage-option-unknown = “{ $word }” is not an option here.
usage-lang = “{ $word }” is not a language code. Did you mean { $nearest }?
usage-query = There is nothing to look for in “{ $word }”: a query needs a letter or a digit.
usage-query-empty = Say what to look for.
usage-query-long = The query is too long: at most { $limit } characters.
usage-form = Usage
usage-windows = Windows
usage-example = For example
