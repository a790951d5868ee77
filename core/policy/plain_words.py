"""Words that any report may use without a source: telling, hedging, advising, counting."""

from core.text.stems import stem

_WORDS = """
report reports reported reporting according says said say saying tells told telling writes wrote
stated announced revealed explained stressed emphasized believes thinks noting saying
note notes noted add added adds cite cites citing describe describes described mention mentions
mentioned coverage cover covers covered covering article articles story stories topic topics theme
themes news outlet outlets publisher publishers source sources media headline headlines publication
publications window hours hour day days week weeks month months period today yesterday recent
recently currently latest lead leads leading discuss discussed discussing focus focuses mood tone
sentiment score emotion positive negative neutral rising falling rises falls rise fall growing
growth usual usually expected above below burst new attention interest
time times last past joy fear anger sadness surprise
tones emotions clearly rather strongest then felt most used wording phrase phrases measured
may might could would should likely unlikely possibly perhaps probably apparently suggest suggests
suggesting suggested appear appears seem seems remain remains indicate indicates mean means
watch monitor follow check track consider expect whether worth closely readers continue continues
further next also still including include includes amid among several various many number
сообщает сообщают сообщил сообщила сообщили сообщается сообщению говорит говорят говорится сказал
сказала заявил заявила заявили пишет пишут написал отмечает отмечают отметил отмечается данным
словам согласно передает передают рассказал рассказала рассказали уточняет уточняется указывает
подчеркнул подчеркнула пояснил пояснила объявил объявили утверждает утверждают считает считают
добавил добавила освещают освещает освещение упоминается упоминают упоминает упоминания статья
статьи статей сюжет сюжеты тема темы материал материалы новость новости издание издания изданий
источник источники источников сми публикация публикации заголовок окно час часа часов день дня дней
сутки неделя недели неделю месяц период сегодня вчера накануне недавно сейчас последние главная
обсуждают обсуждается внимание интерес тон тональность настроение оценка эмоция позитивный
негативный нейтральный растет падает рост растущий обычно обычного ожидается всплеск новое новый
раз раза
прошлый прошлые последние страх радость гнев печаль удивление
тона тоном эмоции эмоций эмоциями скорее резко явно сильнее всего заметнее заметно чаще затем
формулировка формулировки формулировках фраза фразы измерено встречается встречалось
возможно вероятно видимо может могут мог могла могли похоже кажется предположительно судя
стоит следить проследить проверить обратить рекомендуется следует наблюдать отслеживать дальше
далее продолжает продолжается остается остаются также среди несколько многие число
"""
FREE_STEMS = frozenset(stem(word, "en") for word in _WORDS.split())
"""Their stems; what a sentence says with them alone is looked at by the other rules."""

_FIRST_WORDS = """
according additionally agencies agency airlines airport analysts army article articles attention
audience authorities authors banks board cases chief cities citing citizens civilians companies
company consumers council country couple court courts coverage crews critics customers death
deaths defence defense deputies detectives diplomats director doctors dozens drivers earlier
economists elsewhere employees engineers experts families family fans figures film firefighters
firm firms flights focus forces forecasters founder game government governor group groups hospital
hospitals hundreds inflation insight inspectors interest investigators investors island
journalists judge judges jury keep lawmakers laws lawyers leader leaders legislators local
management many market markets mayor meanwhile media men migrants militants military millions
minister ministers ministry monitor nations nearly negotiators neighbors neighbours news observers
official officials one outlet outlets owners parents parliament passengers patients people percent
plans player players police politicians president prices profits prosecutors protesters protests
publishers readers recent relatives report reportedly reporters reports rescuers research
researchers residents retailers revenue rising rivals rules sales school schools scientists
senators services several shareholders shares shoppers shots soldiers sources spokesman
spokeswoman startups state states storms story strikes students study summary supporters suspects
talks teachers team teams teenagers temperatures thousands today tomorrow topic tourists trade
traders train travelers travellers trend troops unemployment unions university update users
vehicles veterans victims viewers villagers violence volunteers voters warnings watch weather
wildfires witnesses woman women workers yesterday
автомобилист автомобилисты автор авторы адвокат акции аналитики банк банки бизнес вероятно видимо
власти внимание водители водитель военные возможно врач врачи вчера выпускники выяснилось город
горожане данные девушка депутаты десятки дети директор дом доходы женщина женщины жители
жительница журналист журналисты завод завтра законопроект затем зрители игроки издание издания
инвесторы инженеры интерес инфляция исследование исследователи источник источники итог канал
каналы команда компании компания курс лидер люди магазины мальчик медики министр министры мнение
многие много модель мошенники мужчина мужчины мэр наблюдатели накануне напомним население
начальник недавно новинка новости новость обзор общество объем однако ожидается около оператор
операторы организаторы отмечается очевидцы очередь пара парламент пассажир пассажиры певец певица
пенсионеры погода подростки подчеркивается поезд позднее позже покупатели политик политики
полицейские полиция пользователи популярность пострадавшие потребители появилась появились
появилось правительство предприниматели президент пресс проект производители прокуратура
публикации публикация работа разработчик разработчики ранее ребенок режиссер рейс решение родители
россияне россиянин рост руководитель рынок самолет сегодня сейчас сервис система следователи
следствие согласно сообщается сообщение соседи сотни сотрудники спасатели специалисты спортсмен
спустя средства ставка стало статьи статья стоимость стоит студент студенты суд суды судя сын
сюжет также тема теперь тренд тренер туристы тысячи убытки утром участники ученики ученые учителя
фанаты фильм фирма формально цена цены часть через чиновник чиновники читатели школа школьник
школьники штраф экипаж эксперт эксперты экспорт юрист юристы
clearly most rather strongest tone tones
заметнее заметно сильнее тон тона тональность чаще эмоции явно
"""
OPENERS = frozenset(_FIRST_WORDS.split())
"""Words with which a report may begin, so that their capital says nothing."""
