writer-window-6h = 6 часов
writer-window-12h = 12 часов
writer-window-24h = 24 часа
writer-window-1d = 1 день
writer-window-3d = 3 дня
writer-window-1w = 1 неделя
writer-window-2w = 2 недели
writer-window-1m = 1 месяц
writer-window-3m = 3 месяца
writer-window-6m = 6 месяцев
writer-window-1y = 1 год

writer-header-trends = Тренды · { $window } до { $until }
writer-header-keywords = Ключевые слова · { $window } до { $until }
writer-header-sentiment = Тональность · { $window } до { $until }
writer-header-topics = Темы · { $window } до { $until }
writer-header-stories = Сюжеты · { $window } до { $until }
writer-header-query = «{ $query }» · { $header }
writer-header-sample = Sample news (пример) · { $header }

writer-articles = { $n ->
    [one] { $n } статья
    [few] { $n } статьи
   *[many] { $n } статей
}
writer-publishers = { $n ->
    [one] { $n } издание
    [few] { $n } издания
   *[many] { $n } изданий
}
writer-stories = { $n ->
    [one] { $n } сюжете
    [few] { $n } сюжетах
   *[many] { $n } сюжетах
}

writer-story-single = { $headline } ({ $source })
writer-story-covered = { $headline }: { $articles }, { $publishers }
writer-story-burst = { $headline }: { $articles }, { $publishers }; обычно в эти часы { $expected }
writer-story-new = { $headline }: { $articles }, { $publishers }; новое, за две недели до этого не встречалось
writer-topic = { $label }: { $articles } в { $stories }, { $publishers }
writer-mood = Тон { $tone } ({ $score }), измерено: { $articles }; позитивных — { $positive }, негативных — { $negative }
writer-emotion = Сильнее всего { $emotion } ({ $score }), затем { $second } ({ $second-score })
writer-aspect = «{ $name }»: тон { $tone } ({ $score }), { $articles }
writer-conflict = { $first }: тон { $first-tone } ({ $first-score }), { $second }: тон { $second-tone } ({ $second-score })
writer-phrase = «{ $phrase }»: { $n } из { $articles }, { $publishers }
writer-new-words = Новое в формулировках: { $phrases }
writer-tone = { $tone ->
    [very-negative] резко негативный
    [negative] скорее негативный
    [neutral] нейтральный
    [positive] скорее позитивный
   *[very-positive] явно позитивный
}
writer-emotion-name = { $emotion ->
    [joy] радость
    [fear] страх
    [anger] гнев
    [sadness] печаль
   *[surprise] удивление
}

writer-tldr-burst = Заметно чаще обычного: { $headlines }.
writer-tldr-covered = Больше всего пишут: { $headlines }.
writer-tldr-tone = Тон { $tone }.
writer-tldr-mood = Тон { $tone }; из эмоций заметнее всего { $emotion }.
writer-tldr-phrases = Чаще всего встречается: { $phrases }.

writer-warn-widened = За { $asked } ничего не нашлось; окно расширено: { $used }.
writer-warn-half = Все слова запроса сразу есть { $n ->
    [one] только в { $n } статье
   *[other] только в { $n } статьях
}, поэтому учтены и статьи с большей их частью.
writer-warn-unread = Часть этого окна не удалось прочитать у { $n } из { $total } { $total ->
    [one] источника
   *[other] источников
}: { $names }.
writer-warn-unread-more = Часть этого окна не удалось прочитать у { $n } из { $total } { $total ->
    [one] источника
   *[other] источников
}: { $names } и ещё { $more }.
writer-warn-cap = Учтены { $counted } самых новых из { $matching }.
writer-warn-index = Поисковый индекс не отвечает, поэтому статьи не упорядочены по запросу. Все числа полные.
writer-warn-undated = { $articles } без даты: учтены по часу первого появления, не цитируются.
writer-warn-thin = Мало истории: { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[many] { $days } дней
}; о всплесках судить рано. Порядок — по числу изданий.
writer-warn-few-windows = За { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[many] { $days } дней
} истории прежних окон такой длины слишком мало, чтобы говорить о всплеске. Порядок — по числу изданий.
writer-warn-unread-windows = В { $n ->
    [one] { $n } прежнем окне
   *[other] { $n } прежних окнах
} не удалось прочитать слишком много источников, и оставшихся мало, чтобы говорить о всплеске. Порядок — по числу изданий.
writer-warn-quiet = Ничто не выделяется на фоне обычного для этих часов. Порядок — по числу изданий.
writer-warn-unmeasured = Здесь нет статей на языках, для которых измеряется тональность ({ $languages }).
writer-warn-partly-measured = Тональность измерена у { $measured } из { $articles }; языки: { $languages }.
writer-warn-private = Режим приватности: языковая модель этот вопрос не видела.
writer-warn-late = Не хватило времени: формулировки вычисленные.
writer-warn-dropped = { $n ->
    [one] { $n } предложение
    [few] { $n } предложения
   *[many] { $n } предложений
} без опоры в источниках отброшено.
writer-warn-near = Сегодняшний бюджет на языковые модели израсходован на { $share } { $scope ->
    [user_day_usd] для вас
    [chat_day_usd] в этом чате
   *[global_day_usd] для всей редакции
}. Дальше ответы будут вычисляться без них.
writer-warn-commands = Использовано { $used } из { $limit } вопросов на сегодня.
writer-note-why = { $reason ->
    [tokens] исчерпан объём одного ответа
    [money] исчерпан бюджет
    [time] не хватило времени
    [timeout] нет ответа вовремя
    [rate_limited] слишком много запросов
    [overloaded] перегрузка
    [auth] ключ не принят
    [bad_request] запрос не принят
    [policy] тема отклонена
    [schema_invalid] непригодный ответ
    [context_too_long] слишком много текста сразу
    [breaker_open] недавно была недоступна
    [quota] исчерпана квота
    [busy] занята
    [unpriced] неизвестна цена
   *[ledger] сейчас нельзя записать расход
}
writer-note-fewer_documents = Языковые модели прочли меньше статей, чем обычно ({ $why }).
writer-note-no_optional = Языковые модели обошлись без эмоций, шкалы времени, новых и пропавших тем ({ $why }).
writer-note-next_model = { $models }: { $why }; спросили следующую языковую модель.
writer-note-repaired = { $models }: сначала { $why }, спросили ещё раз.
writer-note-local = Где языковая модель не ответила, формулировки вычисленные ({ $models ->
    [none] { $why }
   *[other] { $models }: { $why }
}).
writer-context-timeline = Тон от отрезка к отрезку окна, от старых к новым: { $scores }
writer-context-emerging = Новое и растущее: { $phrases }
writer-context-gaps = Обычное прежде и пропавшее теперь: { $phrases }
writer-quoted = «{ $text }»

writer-refuse-no-data = Новостей об этом не нашлось даже за год. Попробуйте другие слова или уберите фильтр.
writer-refuse-no-source = Источника «{ $source }» здесь нет. Что читается, видно в /status; можно и убрать source=.
writer-refuse-no-words = В запросе нет ни одного слова для поиска. Назовите человека, место или предмет.
writer-refuse-no-dated = У найденных статей нет дат, поэтому сослаться не на что.
writer-refuse-unmeasured = Тональность измеряется на языках: { $languages }. Здесь ничего на них не нашлось.
writer-refuse-unsupported = Ни одно предложение черновика не подтвердилось источниками, поэтому он не отправлен. Попробуйте окно пошире.
writer-refuse-budget = На сегодня вопросы исчерпаны ({ $limit }). Счёт начнётся заново в полночь UTC.
writer-refuse-money = { $scope ->
    [user_day_usd] Ваш бюджет на языковые модели на сегодня исчерпан; счёт начнётся заново в полночь UTC.
    [chat_day_usd] Бюджет этого чата на языковые модели на сегодня исчерпан; счёт начнётся заново в полночь UTC.
    [global_day_usd] Бюджет редакции на языковые модели на сегодня исчерпан; счёт начнётся заново в полночь UTC.
   *[command_usd] Бюджета одного ответа не хватает на языковую модель.
} По-прежнему работает { $command ->
    [trends] /trends simple
    [stories] вопрос со словом «simple» в конце
   *[other] /analyze { $command } … simple
}: такой ответ вычисляется без неё.
writer-refuse-internal = Что-то пошло не так на нашей стороне. Ничего не потеряно; попробуйте ещё раз.
writer-refuse-busy = Редакция записывает новости. Попробуйте ещё раз через несколько секунд.
writer-refuse-late = Ответ занял больше { $seconds } секунд и был остановлен. Попробуйте окно короче.
writer-refuse-model = Ни одна языковая модель сейчас не доступна. Спросите без «enhanced», и ответ будет вычисленным.
writer-refuse-index = Поисковый индекс сейчас не отвечает. Попробуйте ещё раз через минуту.
writer-refuse-store = База данных редакции сейчас не отвечает. Сохранённое не пропало; попробуйте ещё раз через минуту.
writer-refuse-full = На диске редакции нет места. Его должен освободить оператор; сохранённое не пропало.

writer-button-unknown = Эта кнопка из другой версии. Отправьте команду ещё раз.
writer-button-expired = Этот ответ больше не хранится. Отправьте команду ещё раз, и он будет свежим.
writer-button-foreign = Эта кнопка из другого чата. Отправьте команду здесь.
writer-button-thanks = Спасибо, учтём.
writer-button-why = Что не так?
