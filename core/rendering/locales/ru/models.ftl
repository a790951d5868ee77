# Во что обходятся языковые модели и где операторы их включают.

command-usage = сколько вы спросили и во что это обошлось

usage-title = Ваш день
usage-commands = команды: { $used } из { $limit }
usage-money = языковые модели: { $used } из { $limit }
usage-money-off = языковые модели выключены: всё считается здесь и ничего не стоит
usage-new-day = Новый день начнётся в полночь UTC.
usage-week = Последние 7 дней
usage-nothing = Для вас языковые модели не вызывались.
usage-in-private = Отправьте /usage в личном чате со мной: эти цифры касаются только вас.
usage-line = { $key }: { $sum }
usage-calls = { $n ->
    [one] { $n } вызов
    [few] { $n } вызова
   *[many] { $n } вызовов
}
usage-failed = { $n ->
    [one] { $n } неудачный
   *[other] { $n } неудачных
}
usage-total = Всего: { $sum }
usage-more = и ещё { $n }
usage-estimated = ≈ значит, что модель не сообщила расход, и учтён наибольший возможный.
usage-key-trends = тренды
usage-key-keywords = ключевые слова
usage-key-sentiment = тональность
usage-key-topics = темы
usage-key-stories = вопросы без команды
usage-key-check = проверки оператора
usage-key-drill = учения оператора
usage-nobody = ни за кем не числится

usage-desk-title = По всем чатам
usage-desk-today = сегодня: { $used } из { $limit }
usage-desk-nothing = За эти дни языковые модели не вызывались.
usage-by-model = Последние 7 дней, по моделям
usage-by-command = Последние 7 дней, по командам
tap-usage-desk = По всем чатам
tap-usage-model = По моделям
tap-usage-command = По командам

tap-models = Языковые модели
tap-models-on = Включить языковые модели
tap-models-off = Выключить языковые модели
models-title = Языковые модели
models-state-on = Включены: они могут подбирать слова для ответа. Цифры всегда считаются здесь.
models-state-off = Выключены: все слова подбираются здесь, по шаблонам.
models-by-setting = Их включает NEWSDESK_MODELS=on. Чтобы решать здесь, уберите эту настройку и перезапустите бот.
models-keys = Найдены ключи: { $list }
models-no-keys = Ключей не найдено. Задайте OPENAI_API_KEY, ANTHROPIC_API_KEY или GOOGLE_API_KEY либо укажите свой сервер и перезапустите бот.
models-no-route = Ни один маршрут не ведёт к модели, ключ которой найден.
models-leaves-title = Что уходит с этой машины
models-leaves = Пока они включены, наружу передаются слова вопроса, посчитанные цифры, заголовки и отрывки тех немногих статей, на которые может сослаться ответ. Получатели: { $list }. Кто спрашивает и в каком чате, не передаётся, личные данные скрываются.
models-leaves-private = Для чатов в приватном режиме модели не вызываются.
models-today = Потрачено сегодня: { $used } из { $limit }
models-operators-only = Это могут сделать только операторы, в личном чате со мной.
models-turned-on = Языковые модели включены
models-turned-off = Языковые модели выключены

start-models-off = Языковые модели выключены. Найдены ключи: { $list }. Включить их можно в /settings.
start-models-on = Языковые модели включены; отрывки из новостей передаются: { $list }.

receiver-own = собственный сервер
receiver-at = { $name } ({ $host })
privacy-receivers = Их предоставляют: { $list }.
privacy-search = Для поиска по смыслу каждый вопрос и начало каждой статьи передаются наружу, даже когда языковые модели выключены. Получатель: { $list }. В приватном режиме вопросы чата остаются здесь.
privacy-search-not-here = Включён приватный режим: вопросы этого чата ищутся только по словам, на машине, где работает бот.
privacy-leaves-no-words = Слова ответов подбираются на машине, где работает бот.
