# Как чувствуют себя источники и почему какой-то не читается.

source-state-ok = в порядке
source-state-new = ещё не прочитан
source-state-failing = не читается
source-state-silent = замолчал
source-state-paused = на паузе
source-state-retired = закрыт насовсем

source-failure-address = по такому адресу нечего читать
source-failure-forbidden = адрес ведёт во внутреннюю сеть, здесь это запрещено
source-failure-dns = такое имя сайта не находится
source-failure-connect = сервер недоступен
source-failure-tls = сертификат сайта недействителен
source-failure-timeout = сервер отвечает слишком медленно
source-failure-too_large = ответ больше допустимого
source-failure-redirects = адрес бесконечно перенаправляет
source-failure-denied = сервер не даёт доступа
source-failure-missing = по этому адресу ничего нет
source-failure-gone = источник закрыт насовсем
source-failure-limited = сервер просит зайти позже
source-failure-unavailable = на сервере сбой
source-failure-http = сервер ответил неожиданно
source-failure-empty = сервер отвечает пустотой
source-failure-not_a_feed = это не лента новостей
source-failure-unreadable = лента слишком повреждена
source-failure-hidden = канал скрывает свою веб-страницу
source-failure-lost = на странице вдруг не стало записей
source-failure-taken = переехал на адрес другого здешнего источника
source-failure-stored = полученное не удалось сохранить

source-kind-feed = лента
source-kind-channel = канал

# Список источников в чате и страница каждого из них.

command-sources = что я читаю: ленты и каналы, их состояние, добавление
sources-polled-title = Источники
sources-polled-none = Пока не читаю ни одной ленты и ни одного канала. Добавьте сайт, ленту или открытый канал Telegram.
sources-polled-count = { $n ->
    [one] { $n } источник
    [few] { $n } источника
   *[many] { $n } источников
}
sources-polled-troubled = { $n ->
    [one] { $n } требует внимания
   *[other] { $n } требуют внимания
}
status-sources-troubled = { $n ->
    [one] { $n } источник требует внимания: /sources
    [few] { $n } источника требуют внимания: /sources
   *[many] { $n } источников требуют внимания: /sources
}
source-not-read = не читается с { $at }: { $why }
source-never-read = ни разу не прочитан: { $why }
source-silent = { $n ->
    [one] { $n } день нет новостей
    [few] { $n } дня нет новостей
   *[many] { $n } дней нет новостей
}
source-silent-usually = { $quiet }, обычно { $usual }
source-here = только этот чат
source-everybody = для всех
source-never = ещё ни разу
source-now = сейчас
source-last = последнее чтение: { $at }
source-next = следующее: { $at }
source-articles = { $n ->
    [one] пока { $n } статья
    [few] пока { $n } статьи
   *[many] пока { $n } статей
}
source-full-text-on = читаю и полный текст по ссылкам
usual-day = примерно { $n } в день
usual-week = примерно { $n } в неделю
usual-month = примерно { $n } в месяц
usual-rare = реже раза в месяц

source-advice-wait = Пока ничего делать не нужно: пробую снова сам, всё реже и реже.
source-advice-address = Найдите новый адрес, добавьте его, а этот удалите.
source-advice-remove = Второй читается дальше, этот можно удалить.
source-advice-denied = Сервер никого так не пускает. Возможно, у издания есть другая лента, открытая.
source-advice-hidden = Показать записи в вебе может только владелец канала. Источник можно удалить.
source-advice-setting = Разрешить это может оператор — в настройках бота.
source-advice-silent = Источник открывается, но новостей нет. Проверьте, не переехал ли он, или удалите.

source-refused-address = Такой адрес мне непонятен. Напишите его так: https://example.org/feed.xml, example.org или @channel.
source-refused-rate = Слишком много адресов подряд. Попробуйте через минуту.
source-refused-operators = То, что видят все, могут менять только операторы.
source-refused-lost = Этого источника уже нет.
source-refused-full = { $n ->
    [one] У чата может быть { $n } свой источник. Сначала удалите его.
    [few] У чата может быть { $n } своих источника. Сначала удалите один из них.
   *[many] У чата может быть { $n } своих источников. Сначала удалите один из них.
}

tap-source-add = ➕ Добавить
tap-source-export = 📤 Выгрузить
tap-source-pause = ⏸ Пауза
tap-source-resume = ▶️ Читать дальше
tap-source-full-on = 📄 Читать полный текст
tap-source-full-off = 📄 Только текст ленты
tap-source-remove = 🗑 Удалить
tap-source-remove-sure = 🗑 Да, удалить
tap-source-offer = ➕ Добавить в источники
tap-source-search = 🔎 Найти об этом новости
tap-source-public = Для всех
tap-source-private = Только этот чат
tap-source-all = Все источники
tap-source-page = Страница источника
tap-source-others = Что ещё нашлось

source-paused = На паузе
source-resumed = Снова читаю
source-changed = Сохранено
source-removed = Удалено
source-remove-ask = Удалить { $title }? Читать его больше не буду, собранные статьи останутся.
source-remove-foreign = Подтвердить может только тот, кто начал удаление.
source-add-how = Пришлите адрес сайта, ленты или открытого канала Telegram.
source-add-how-group = Напишите после команды адрес сайта, ленты или открытого канала Telegram.

offer-link = Читать это как источник новостей?
offer-channel-hidden = Читать могу только открытые каналы, у которых есть @имя. У этого его нет.
offer-lost = Адреса больше не вижу. Пришлите его ещё раз.
look-title = Смотрю, что там…
look-failed = Добавить не получится: { $why }.
look-advice-wait = Проверьте, как он написан, или попробуйте позже.
look-advice-address = Пришлите адрес самой ленты или страницы, на которой она указана.
look-advice-remove = Он уже есть среди источников.
look-advice-denied = Возможно, у издания есть другая лента, открытая.
look-advice-hidden = Показать записи в вебе может только владелец канала.
look-advice-setting = Разрешить это может оператор — в настройках бота.
reading-title = Читаю в первый раз…
found-title = { $n ->
    [one] Нашлось. Кому показывать эти новости?
    [few] Нашлось { $n } источника. Какой читать и для кого?
   *[many] Нашлось { $n } источников. Какой читать и для кого?
}
found-items = { $n ->
    [0] сейчас пусто
    [one] сейчас { $n } статья
    [few] сейчас { $n } статьи
   *[many] сейчас { $n } статей
}
found-newest = самая новая — { $at }
added-title = ✓ { $title }
added-stored = { $n ->
    [0] Читаю с этого момента. Пока там пусто.
    [one] Сохранена { $n } статья; о первом чтении никого не оповещаю.
    [few] Сохранены { $n } статьи; о первом чтении никого не оповещаю.
   *[many] Сохранено { $n } статей; о первом чтении никого не оповещаю.
}
added-reading = Ещё читаю в первый раз; итог будет на странице источника.
added-failed = Источник добавлен, но первое чтение не удалось: { $why }. Попробую снова сам.
added-known = Он уже был здесь ({ $how }).
added-private = Его новости видны только в этом чате.

list-found = { $n ->
    [one] В файле { $n } лента
    [few] В файле { $n } ленты
   *[many] В файле { $n } лент
}
list-new = { $n ->
    [0] все они уже здесь
    [one] { $n } новая
   *[other] { $n } новых
}
list-ask = Читать их?
list-limit = { $n ->
    [one] У чата может быть { $n } свой источник; остальное добавлено не будет.
    [few] У чата может быть { $n } своих источника; остальное добавлено не будет.
   *[many] У чата может быть { $n } своих источников; остальное добавлено не будет.
}
list-none = Лент в этом файле нет. Список лент — это файл OPML, его умеет выгружать любая читалка.
list-large = Файл больше { $mb } МБ. Список лент занимает гораздо меньше; если это он, разделите его.
list-not-fetched = Telegram не отдал файл. Отправьте его ещё раз.
list-lost = Файла больше не вижу. Отправьте его ещё раз.
list-adding = Добавляю…
list-caption = Все источники в формате OPML: его понимает любая читалка и этот бот тоже.
file-not-a-list = В чате я читаю списки лент: файлы OPML до { $mb } МБ. Статьи, ленты и выгрузки Telegram файлами загружает оператор командой «newsdesk import».
imported-added = { $n ->
    [0] Ничего не добавлено.
    [one] Добавлен { $n } источник.
    [few] Добавлено { $n } источника.
   *[many] Добавлено { $n } источников.
}
imported-known = { $n ->
    [one] { $n } уже был здесь.
   *[other] { $n } уже были здесь.
}
imported-refused = { $n ->
    [one] { $n } пропущен: по такому адресу нечего читать.
   *[other] { $n } пропущено: по таким адресам нечего читать.
}
imported-refused-here = { $n ->
    [one] { $n } пропущен: у чата может быть не больше { $most } своих, и каждому нужен адрес.
   *[other] { $n } пропущено: у чата может быть не больше { $most } своих, и каждому нужен адрес.
}
imported-next = Читаю их по очереди; о первом чтении никого не оповещаю.

progress-look = Смотрю, что по этому адресу…
views-full = { $n ->
    [one] { $n } просмотр
    [few] { $n } просмотра
   *[many] { $n } просмотров
}
views-short = { $n } просмотров
