# Ошибки и ближайшая верная запись команды.

error-id = Код ответа:

usage-window = «{ $word }» — не срок. Может быть, { $nearest }?
usage-window-two = Срок нужен один: { $nearest } или { $word }?
usage-word = Команда /trends смотрит на все новости, и «{ $word }» ей ничего не говорит. Новости об этом найдёт /analyze.
usage-mode = «{ $word }» — такого анализа нет. Может быть, { $nearest }?
usage-mode-missing = Укажите, что анализировать: keywords, sentiment или topics.
usage-option = «{ $word }» здесь не подходит. Может быть, { $nearest }?
usage-option-unknown = «{ $word }» здесь не подходит.
usage-lang = «{ $word }» — не код языка. Может быть, { $nearest }?
usage-lang-form = «{ $word }» — не код языка. В коде две буквы, например lang=ru; lang=auto — все языки.
usage-lang-missing = Укажите язык двумя буквами, например lang=ru; lang=auto — все языки.
usage-source = Укажите источник, например source="РИА Новости".
usage-query = В запросе «{ $word }» нечего искать: нужна хотя бы одна буква или цифра.
usage-query-missing = Напишите, что искать.
usage-query-long = Запрос слишком длинный: не больше { $limit } знаков.
usage-form = Как писать
usage-windows = Сроки
usage-example = Например
