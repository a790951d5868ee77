"""Stems of so many news texts that sharing one says nothing, before the window can tell."""

from functools import cache

from core.text.tokens import content_stems

_EN = """
announce announcement answer ask attack authority back bad big break bring business call case
change chief city claim close come company conference continue control country court create crisis
day deal death decision die director early end event expect face fall family fight find follow
force former free full get give global go good government group grow head health help high hit hold
home hour house impact include increase inside issue join keep kill know lead leader leave life
live local long look lose major make man market meet member million minister month move national
need newly night number offer office official open order part party pay people person place plan
play police power prepare president press price problem public put question raise reach real report
return reveal rise rule run school seek see sell send set show side sign small source speak
spokesman stand start state statement stay stop strike support take talk team tell test think time
today top try turn use video vote wait want war warn watch way weekend win woman work worker world
billion update
"""
_RU = """
агентство адрес больше будущий быстро важный вечер видео власть вместе вопрос время вчера глава год
город государство граница группа данные действие делать день деньги директор дом житель журналист
заявить заявление интервью информация использовать источник количество команда комментарий компания
конец край крупный летний люди материал место месяц метро миллион миллиард министр мир москва народ
находиться начало начать неделя несколько новость новый номер ночь область объявить ожидать октябрь
ноябрь открыть отношение план подробность получить пользователь помощь понедельник последний
правило правительство представитель президент принять причина провести программа произойти пройти
работа работать район регион решение роль россия российский россиянин рубль рассказать самый
сегодня сейчас система ситуация сказать служба случай смочь событие сообщить сообщение состояние
способ стать страна суд сотрудник территория требовать улица уметь утро участие участник хороший
центр цена час человек чиновник школа эксперт января февраля марта апреля мая июня июля августа
сентября октября ноября декабря фото канал подписаться россии москвы москве
"""


@cache
def common_stems() -> frozenset[str]:
    """Give the stems of the two hand-written lists."""
    return frozenset(content_stems(_EN, "en")) | frozenset(content_stems(_RU, "ru"))
