# Слова ответов, источников и объяснений.

answer-sample = Sample news · учебные новости: придуманы, чтобы было на чём попробовать бота.
answer-topics = Темы
answer-keywords = Ключевые фразы
answer-aspects = О ком и о чём
answer-emerging = Набирает силу: { $list }
answer-gaps = На этот раз тихо: { $list }
answer-mood-line = Тон: { $word } ({ $score })
answer-mood-measured = Измерено: { $articles }; позитивных — { $positive }, негативных — { $negative }
answer-top-sources = Больше всех пишут: { $list }
answer-new-wording = Новое в формулировках: { $list }
answer-words = Заметные слова: { $list }
answer-emotions = Эмоции: { $list }
answer-timeline = По времени: { $line } ({ $first } – { $last })
answer-timeline-undated = По времени: { $line }
answer-try = Попробуйте ещё: { $list }
answer-without = Можно исключить: { $list }
answer-intents = Зачем это ищут: { $list }
answer-more-topics = Другие темы
answer-examples = Примеры и другие фразы
answer-sources = Источники
answer-more = { $list } и ещё { $n }
answer-confidence = Уверенность: { $word }, { $share }
answer-model = формулировал { $model }
answer-local = без языковой модели, всё посчитано на месте
answer-usual = обычно { $expected }
answer-new = новое
answer-score = вес { $score }

count-articles = { $n ->
    [one] { $n } статья
    [few] { $n } статьи
    [many] { $n } статей
   *[other] { $n } статьи
}
count-publishers = { $n ->
    [one] { $n } издание
    [few] { $n } издания
    [many] { $n } изданий
   *[other] { $n } издания
}

emotion-joy = радость
emotion-fear = страх
emotion-anger = гнев
emotion-sadness = печаль
emotion-surprise = удивление

confidence-high = высокая
confidence-medium = средняя
confidence-low = низкая

intent-informational = узнать подробности
intent-navigational = найти сайт или место
intent-transactional = купить или оформить
intent-research = изучить вопрос

sources-title = Все источники
sources-page = Страница { $page } из { $pages }
sources-also = Просмотрено, но не процитировано
sources-none = У этого ответа нет источников.
sources-undated = без даты
similar-title = Похожие сюжеты
similar-none = В собранных новостях ничего похожего не нашлось.

explain-title = Как это посчитано
explain-refused = Ответа на этот вопрос не было ({ $code }), поэтому объяснять почти нечего.
explain-no-facts = Для этого запроса ничего не подсчитывалось.
explain-window = Окно
explain-window-span = с { $start } по { $end } (запрошено: { $asked })
explain-window-widened = За запрошенный срок ({ $asked }) ничего не нашлось, окно расширено: { $used }
explain-match-everything = Без запроса: учтены все статьи окна, прошедшие фильтры
explain-match-all_terms = Учтены статьи, в которых есть все слова запроса
explain-match-half_weight = Статей со всеми словами слишком мало, поэтому учтены и те, где есть хотя бы половина веса запроса (редкие слова весят больше)
explain-counted = Учтено { $counted } из { $matching } подходящих статей, { $publishers }
explain-families = Перепечатки и несколько лент одной редакции считаются одним изданием
explain-languages = Языки: { $list }
explain-undated = Без даты: { $articles }; учтены по часу первого появления и не цитируются
explain-baseline = Больше ли это обычного
explain-baseline-enough = Сравнение: { $n ->
    [one] { $n } прежнее окно
    [few] { $n } прежних окна
    [many] { $n } прежних окон
   *[other] { $n } прежнего окна
} той же длины в те же часы недели; история — { $history }; проверено — { $tested }
explain-baseline-thin = Истории мало ({ $history }; нужны хотя бы 14 дней и 2 прежних окна), поэтому о всплесках речи нет
explain-baseline-unread = Не учтено: { $n ->
    [one] { $n } прежнее окно
    [few] { $n } прежних окна
    [many] { $n } прежних окон
   *[other] { $n } прежнего окна
}, где больше трети обычных изданий бо́льшую часть времени не удавалось прочитать
explain-baseline-none = Для такого ответа не измеряется
explain-days = { $n ->
    [one] { $n } день
    [few] { $n } дня
    [many] { $n } дней
   *[other] { $n } дня
}
explain-things = { $n ->
    [one] { $n } тема
    [few] { $n } темы
    [many] { $n } тем
   *[other] { $n } темы
}
explain-formula = x — изданий сейчас, μ — ожидалось; μ = обычная доля × число активных изданий. p — вероятность такого x случайно; q — доля ложных тревог по Бенджамини — Хохбергу. Всплеск: q ≤ 0,05, x ≥ 3 и не меньше 5 статей
explain-surge = x = { $observed }, μ = { $expected }, z = { $z } (3 часа назад: { $before }), p { $p }, q { $q }: { $state }
explain-burst = всплеск
explain-new = впервые за 14 дней
explain-no-burst = не всплеск
explain-state-rising = растёт
explain-state-peak = на пике
explain-state-fading = спадает
explain-sentiment = Тональность
explain-sentiment-mean = Среднее по измеренным статьям ({ $measured } из { $counted }): { $score } по шкале от −1 до 1; выше нуля — { $positive }, ниже — { $negative }
explain-emotions = Средние по тем же статьям, от 0 до 100 %: { $list }
explain-aspect = { $name }: { $score }, среднее; { $articles }
explain-timeline = { $start } – { $end }: { $score }, среднее; { $articles }
explain-sentiment-none = Не измерена: среди учтённых нет статей на измеряемых языках
explain-confidence = Уверенность
explain-confidence-of = { $share }: взвешенное среднее трёх величин, каждая от 0 до 100 %:
explain-agreement = { $share } — согласие: насколько источники подтверждают друг друга
explain-sample = { $share } — объём: { $articles }
explain-margin = { $share } — отрыв: насколько выбранные статьи или всплески выделяются среди остальных
explain-evidence = Почему эти статьи: место и оценка в каждом поиске
explain-rank = { $leg }: место { $rank } ({ $score })
explain-fused = общий балл: { $score }
explain-leg-sparse = по словам
explain-leg-dense = по векторам
explain-policy = Проверки ответа
explain-policy-all = { $n ->
    [one] { $n } проверка пройдена
    [few] { $n } проверки пройдены
    [many] { $n } проверок пройдено
   *[other] { $n } проверки пройдены
}
explain-verdict-allow = пройдено
explain-verdict-redact = скрыто
explain-verdict-rewrite = переписано
explain-verdict-drop = убрано
explain-verdict-refuse = отклонено
explain-missing = Чего не хватает
explain-machine = Как это сделано
explain-timings = Время: { $total } мс ({ $list })
explain-model = Формулировал { $model }, { $cost }
explain-local = Без языковой модели, { $cost }
explain-worded = { $task }: { $model }, { $cost }
explain-unanswered = { $task }: годного ответа нет, { $cost }
explain-note = { $task }, { $model ->
    [none] без модели
   *[other] { $model }
}: { $why } → { $step }
explain-notes-more = и ещё шагов: { $n }
explain-task = { $task ->
    [keyphrase_mining] Ключевые фразы
    [query_expansion] Расширение запроса
    [sentiment_emotion] Тональность
    [topic_modeler] Темы
   *[compose] Весь ответ
}
explain-step = { $step ->
    [fewer_documents] прочтено меньше статей
    [no_optional] без необязательных частей
    [next_model] спрошена следующая модель
    [repaired] спрошено ещё раз
   *[local] вычисленные формулировки
}
explain-id = Ответ { $id }, номер для поиска в журнале
