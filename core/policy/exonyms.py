"""Names that are not written by their sound in the other alphabet, and short forms of names.

Compared by stem, as `core.text.stems.stem` gives them.
"""

from collections.abc import Mapping

from core.text.stems import stem

_PAIRS = """
россия=russia россиянин=russia россиян=russia украина=ukraine белоруссия=belarus беларусь=belarus
китай=china кндр=korea корея=korea япония=japan индия=india иран=iran ирак=iraq израиль=israel
сша=us сша=usa сша=u.s. америка=america американец=americans великобритания=britain
великобритания=uk британия=britain англия=england шотландия=scotland уэльс=wales ирландия=ireland
франция=france германия=germany италия=italy испания=spain португалия=portugal греция=greece
турция=turkey польша=poland чехия=czech венгрия=hungary австрия=austria швейцария=switzerland
швеция=sweden норвегия=norway дания=denmark финляндия=finland нидерланды=netherlands
голландия=netherlands бельгия=belgium румыния=romania болгария=bulgaria сербия=serbia
хорватия=croatia словакия=slovakia словения=slovenia латвия=latvia литва=lithuania эстония=estonia
молдавия=moldova молдова=moldova грузия=georgia армения=armenia азербайджан=azerbaijan
казахстан=kazakhstan узбекистан=uzbekistan киргизия=kyrgyzstan таджикистан=tajikistan
туркмения=turkmenistan монголия=mongolia афганистан=afghanistan пакистан=pakistan сирия=syria
ливан=lebanon иордания=jordan египет=egypt ливия=libya алжир=algeria марокко=morocco тунис=tunisia
судан=sudan эфиопия=ethiopia кения=kenya нигерия=nigeria юар=africa африка=africa азия=asia
европа=europe евросоюз=eu евросоюз=european ес=eu ес=european нато=nato оон=un оон=nations
канада=canada мексика=mexico бразилия=brazil аргентина=argentina венесуэла=venezuela куба=cuba
колумбия=colombia чили=chile перу=peru австралия=australia вьетнам=vietnam таиланд=thailand
филиппины=philippines индонезия=indonesia малайзия=malaysia сингапур=singapore тайвань=taiwan
саудовская=saudi аравия=arabia эмираты=emirates оаэ=uae катар=qatar кувейт=kuwait йемен=yemen
палестина=palestine палестина=palestinian газа=gaza москва=moscow петербург=petersburg киев=kyiv
киев=kiev харьков=kharkiv одесса=odesa одесса=odessa львов=lviv минск=minsk пекин=beijing
токио=tokyo сеул=seoul пхеньян=pyongyang лондон=london париж=paris берлин=berlin рим=rome
мадрид=madrid вена=vienna варшава=warsaw прага=prague брюссель=brussels женева=geneva афины=athens
стамбул=istanbul анкара=ankara иерусалим=jerusalem тегеран=tehran дамаск=damascus каир=cairo
нью=new йорк=york вашингтон=washington калифорния=california техас=texas флорида=florida
чикаго=chicago крым=crimea донбасс=donbas донецк=donetsk луганск=luhansk сибирь=siberia
кремль=kremlin госдума=duma дума=duma белый=white дом=house пентагон=pentagon конгресс=congress
сенат=senate трамп=trump байден=biden путин=putin зеленский=zelensky зеленский=zelenskyy
маск=musk макрон=macron нетаньяху=netanyahu си=xi цзиньпин=jinping эрдоган=erdogan джо=joe
джон=john джеймс=james джордж=george майкл=michael чарльз=charles уильям=william дэвид=david
павел=paul михаил=michael папа=pope гугл=google эппл=apple майкрософт=microsoft тесла=tesla
"""
_SHORT = """
us=usa us=america us=american usa=us usa=america america=us america=american america=usa
american=us american=america american=usa uk=britain uk=british britain=uk britain=british
british=britain british=uk eu=european european=eu french=france france=french german=germany
germany=german dutch=netherlands netherlands=dutch chinese=china china=chinese spanish=spain
spain=spanish english=england england=english irish=ireland ireland=irish welsh=wales
polish=poland poland=polish turkish=turkey turkey=turkish greek=greece greece=greek
swiss=switzerland switzerland=swiss danish=denmark denmark=danish swedish=sweden sweden=swedish
israeli=israel israel=israeli iraqi=iraq iraq=iraqi un=nations nyc=york la=angeles gop=republican
рф=россия россия=рф сша=америка америка=сша ес=евросоюз евросоюз=ес рф=федерация
великобритания=британия британия=великобритания петербург=спб спб=петербург питер=петербург
гд=госдума госдума=дума дума=госдума цб=центробанк центробанк=цб
"""


def _table(text: str, *, both: bool) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in text.split():
        one, other = (stem(word.replace(".", ""), "en") for word in pair.split("="))
        found.setdefault(one, set()).add(other)
        if both:
            found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


ELSEWHERE: Mapping[str, frozenset[str]] = _table(_PAIRS, both=True)
"""Stem → stems of the same name in the other alphabet."""

ALIASES: Mapping[str, frozenset[str]] = _table(_SHORT, both=False)
"""Stem → stems of other names of the same."""
