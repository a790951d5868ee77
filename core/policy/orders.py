"""What orders to a language model look like, in English and Russian: patterns and weights.

Weights are set by hand so that one clear order, or two weaker signs together, reach
`injection.FLAGGED_FROM`. Patterns work on folded sentences (lower case, ё as е); gaps are bounded,
so that all are linear.
"""

import re
from collections.abc import Mapping

from core.policy.tasks import ANSWER, ANSWER_RU, ROWS

_VERBS = (
    "add|append|insert|include|integrate|incorporate|embed|blend|weave|merge|modify|change|alter"
    "|augment|enhance|enrich|adjust|replace|substitute|swap|remove|delete|omit|strip|combine|group"
    "|convert|encode|translate|render|rewrite|rephrase|reword|write|compose|draft|create|develop"
    "|generate|produce|provide|give|make|use|utilize|apply|employ|introduce|misspell|scramble"
    "|jumble|shuffle|rearrange|reverse|anagram|capitalize|respond|reply|answer|say|print|output"
    "|display|repeat|return|start|begin|end|finish|conclude|mention|suggest|recommend|promote"
    "|advertise|encourage|tease|hint|emphasize|highlight|stress|express|format|summarize|explain"
    "|describe|list|tell|send|visit|click|download|install|run|execute|open"
)
_VERBS_RU = (
    "добав|встав|включ|замен|измен|удал|убер|напиш|сочин|состав|сгенериру|перевед|переведи"
    "|перепиш|ответь|отвечай|скаж|выведи|напечата|повтор|начн|законч|заверш|упомян|посовет"
    "|порекоменд|предлож|используй|сделай|расскаж|отправ|перешл|перейди|скачай|запусти|выполни"
)
_WORK = (
    "poem|essay|story|letter|speech|e-?mail|introduction|conclusion|paragraph|article|summary"
    "|script|function|program|code|snippet|example|equivalent|joke|song|recipe|list|tweet|headline"
    "|blog post|translation|haiku|limerick|dialogue|review"
)

LATIN_TWINS: Mapping[int, int] = str.maketrans(
    "аеорсухкмтвнігАЕОРСУХКМТВНІѕјԁɡοαερτικνΟΑΕΡΤΙΚΝ",
    "aeopcyxkmtbhirAEOPCYXKMTBHIsjdgoaeptikvOAEPTIKN",
)
"""Cyrillic and Greek letters that look like Latin ones."""

SIGNALS: Mapping[str, tuple[float, re.Pattern[str]]] = {
    name: (weight, re.compile(pattern))
    for name, weight, pattern in (
        *ROWS,
        (
            "overrule",
            3.0,
            r"\b(?:ignore|disregard|forget|override|bypass|neglect|do not follow"
            r"|don't follow)\b(?! for)"
            r".{0,40}\b(?:previous|prior|above|preceding|earlier|foregoing|all|any|your|these)\b"
            r".{0,30}\b(?:instructions?|prompts?|rules?|directions?|guidelines?|orders?|commands?"
            r"|context|training|task)\b"
            r"|\b(?:ignore|disregard|forget|override|drop|stop following)\b.{0,30}"
            r"\b(?:instructions?|prompts?|rules?|guidelines?|task|orders?|asked|told)\b.{0,20}"
            r"\b(?:above|before|so far|until now|you were given)\b"
            r"|\bdo(?: not|n't) follow\b.{0,30}\b(?:instructions?|rules?|guidelines?)\b"
            r"|\b(?:игнорируй|игнорируйте|забудь|забудьте|проигнорируй|не следуй|отбрось)\b"
            r".{0,40}(?:инструкц|указани|правил|команд|задани|контекст|промпт)",
        ),
        (
            "marker",
            3.0,
            r"<\|?/?(?:im_start|im_end|system|endoftext|assistant|user|human)\|?>|\[/?inst\]"
            r"|<</?sys>>|^\W{0,4}(?:system|assistant)\s?(?:prompt|message|note|override)?\s?:"
            r"|^#{2,}\s?(?:new )?(?:instructions?|system|prompt)\b"
            r"|\b(?:begin|start|end) (?:of )?(?:system|new) (?:prompt|instructions?)\b"
            r"|^\W{0,4}(?:система|ассистент)\s?:"
            r"|\b(?:the |a )?new (?:instructions?|task|directive|rule)\s?(?::|is to\b)"
            r"|\bнов(?:ые|ая|ое|ый) (?:инструкци|задани|правил|указани)\w{0,3}\s?:",
        ),
        (
            "prompt",
            3.0,
            r"\b(?:reveal|print|repeat|show|output|leak|display|disclose|share|tell me)\b.{0,30}"
            r"\b(?:your|the) (?:system |hidden |initial |secret |original |full )?(?:prompt"
            r"|instructions)\b"
            r"|(?:покажи|выведи|раскрой|повтори|назови).{0,30}(?:системн\w{2,4} промпт"
            r"|свои инструкци)",
        ),
        (
            "role",
            2.0,
            r"\byou are (?:now |no longer )(?:an? |the )?\w"
            r"|\bfrom (?:now|here|this line) on,? (?:you|act|behave|answer|respond)\b"
            r"|\b(?:act|behave|respond|pretend) (?:as|like|to be) (?:if )?(?:an?|you)\b.{0,40}"
            r"\b(?:ai|assistant|bot|model|dan|developer|admin\w{0,10}|expert|pirate)\b"
            r"|\b(?:ты теперь|отныне ты|представь,? что ты|действуй как|веди себя как)\b.{0,30}"
            r"\b(?:ии|бот|нейросеть|ассистент|модель|помощник|эксперт|разработчик|пират|хакер)",
        ),
        (
            "to_model",
            2.0,
            r"\b(?:dear|hey|attention|note to|instructions? (?:to|for)|message (?:to"
            r"|for))\b:?(?: (?:the"
            r"|an?|any|all|every))? (?:ai|llms?|assistant|chatbot|(?:language )?models?|gpt"
            r"|claude|gemini"
            r"|copilot)s?(?: (?:models?|assistants?|systems?|agents?"
            r"|reading \w{1,8}))?\s?[:,.!—–-]"
            r"|\bif you(?:'re| are) (?:an? |the )?(?!not )(?:\w{1,12} ){0,2}(?:ai|llm|assistant"
            r"|chatbot"
            r"|language model)\b(?! (?:startup|company|firm|user|engineer|researcher|developer))"
            r"|\b(?:ai|llm|machine|model) readers?\s?:"
            r"|\b(?:whoever|any model that|whatever model) (?:summari[sz]es|reads|answers)\b"
            r"|\bas an? (?:ai|llm|(?:large )?language) (?:language )?(?:model|assistant)\b"
            r"|(?:уважаем\w{2}|внимание|сообщение|инструкция) (?:для )?(?:ии|нейросет\w"
            r"|ассистент\w|модел\w)\b"
            r"|\bесли (?:ты|это читает)\b.{0,20}(?:ии|нейросеть|модель|ассистент|бот)\b",
        ),
        (
            "answer",
            1.0,
            rf"\byour (?:(?:final|next|entire|whole|own|text|first|last|written) )?{ANSWER}\b"
            rf"|\b(?:in|to|of|from|with|at|into) (?:the|this|each|every) {ANSWER}\b"
            rf"|\b(?:тво|сво|ваш)[а-я]{{1,3}} {ANSWER_RU}\b|\bв (?:конце |начале )?ответ[еа]?\b",
        ),
        (
            "order",
            1.0,
            rf"^\W{{0,5}}(?:(?:please|now|then|also|finally|instead|additionally|important|note"
            rf"|and"
            rf"|you (?:must|should|will|need to|have to|are to|can|may)|make sure (?:to|you)"
            rf"|be sure to"
            rf"|ensure (?:to|you)|remember to|don't forget to|do not forget to|always"
            rf"|never)\W{{1,3}}){{0,3}}"
            rf"(?:{_VERBS})\b"
            rf"|^\W{{0,5}}(?:in|to|at|with|for|before"
            rf"|after)\b[^,]{{0,60}},\s?(?:please )?(?:{_VERBS})\b"
            rf"|^\W{{0,5}}(?:(?:пожалуйста|теперь|затем|также|обязательно|вместо этого"
            rf"|важно)\W{{1,3}}){{0,3}}"
            rf"(?:{_VERBS_RU})(?:и|ите|ь|ьте|й|йте|уй|уйте|те)?\b",
        ),
        (
            "work",
            1.0,
            rf"^\W{{0,5}}(?:can you |could you |please )?(?:write|compose|draft|create|develop"
            rf"|generate|provide|give me|give us|tell me|show me|make)\b(?: me| us)?"
            rf" (?:an?|the|some|two|three|five|ten)\b.{{0,40}}\b(?:{_WORK})s?\b"
            rf"|^\W{{0,5}}(?:напиши|сочини|составь|придумай)\w{{0,2}} .{{0,30}}(?:стих|рассказ"
            rf"|эссе|письм"
            rf"|сказк|код|функци|шутк|песн)",
        ),
        (
            "translate",
            2.0,
            r"\btranslate (?:the following|this|it|these|everything|your)\b"
            r"|\bhow do (?:you|i) say ['\"“].{1,60}['\"”] in \w"
            r"|\bwhat(?:'s| is| does) ['\"“].{1,60}['\"”] (?:mean )?in (?:english|french|spanish"
            r"|german"
            r"|russian|japanese|chinese|italian|latin|portuguese|korean|arabic)\b"
            r"|\bпереведи\w{0,2} (?:следующ|это|текст|на )",
        ),
        (
            "spelling",
            1.0,
            r"\b(?:(?:every|each) (?:\w{1,8} )?(?:letter|vowel|consonant|character|syllable)"
            r"|letters|vowels|consonants|words?|spaces|punctuation|typos|misspell\w{0,6}"
            r"|anagram\w{0,3}"
            r"|uppercase|lowercase|capitals|emojis?|base64|rot13|backwards|symbols"
            r"|substitution)\b",
        ),
        (
            "reader",
            1.0,
            r"\b(?:the |our |all )?(?:users?|readers?|customers?|recipients?|visitors?)\b.{0,25}"
            r"\b(?:to|should|must|can)\b|\b(?:do not|don't|never|without) (?:mention|tell|reveal"
            r"|disclose"
            r"|inform|telling|mentioning)\w{0,3}\b.{0,20}\b(?:user|reader|anyone|this|these|it)\b"
            r"|\bпользовател[яюе]\w{0,2}\b|\bне (?:говори|сообщай|упоминай)\b",
        ),
        (
            "link",
            0.5,
            r"\b(?:https?://|www\.)\S|\b[a-z0-9-]{2,40}\.(?:com|net|org|xyz|ru|io|info|biz|top"
            r"|site|online)\b",
        ),
        (
            "code",
            1.5,
            r"\b(?:following|subsequent|below|this)(?: python| javascript| shell)? code"
            r" (?:block|snippet|excerpt|section|fragment|segment)\b|\b(?:curl|wget|bash|sudo"
            r"|powershell) -",
        ),
    )
}
"""Signal → (weight, pattern)."""

AT_START = frozenset({"order", "work", "task", "form", "puzzle", "question", "imperative"})
"""Signals that a sentence shows in its first words, so they need no search."""

BEGINNING = 4
OPENINGS = frozenset(
    word[:BEGINNING]
    for name in AT_START
    for word in re.findall(r"[^\W\d_]+", re.sub(r"\\[a-zA-Z]", " ", SIGNALS[name][1].pattern))
).union(
    [
        "emai",
        "reca",
        "recr",
        "rear",
        "rebo",
        "reor",
        "resc",
        "rese",
        "rest",
        "кака",
        "каки",
        "како",
    ]
) - frozenset(
    ["a", "an", "the", "this", "that", "thes", "thos", "all", "any", "each", "ever", "one", "two"]
)
"""Beginnings of the words that open a sentence with such a signal, and of some more words.

What a pattern spells in two pieces is added, articles and numbers that only follow are left out.
"""

HINTS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "overrule": "igno disr forg over bypa negl foll drop stop игно забу прои след отбр",
        "marker": "syst assi inst task dire rule prom инст зада прав указ сист асси",
        "prompt": "prom inst пром инст",
        "role": "now no here line act beha resp pret ты отны пред дейс веди",
        "to_model": "ai ais llm llms assi chat lang mode mach whoe gpt gpts clau gemi copi"
        " ии нейр асси моде бот",
        "answer": "resp answ repl outp comp summ tran gene mess отве выво сооб резю пере",
        "must": "shou must shal need has долж обяз",
        "translate": "tran say what пере",
        "spelling": "lett vowe cons char syll word spac punc typo miss anag uppe lowe capi emoj"
        " base rot1 back symb subs",
        "reader": "user read cust reci visi ment tell reve disc info поль гово сооб упом",
        "link": "http www com net org xyz ru io info biz top site onli",
        "code": "code curl wget bash sudo powe",
    }.items()
}
"""Signal → beginnings of words, one of which stands in every text with that signal."""

TOGETHER: Mapping[frozenset[str], float] = {
    frozenset({"answer", "order"}): 0.5,
    frozenset({"imperative", "order"}): -1.0,
}
"""Signals that mean more together, or the same."""

ABOUT = re.compile(
    r"\b(?:said|says|told|tells|wrote|writes|reported|warn(?:s|ed)|urge[sd]|demand(?:s|ed)"
    r"|advise[sd]|chant(?:s|ed)|according to|researchers?|attackers?"
    r"|hackers?"
    r"|scammers?|prompt injections?|jailbreak\w{0,4}|vulnerabilit\w{1,3}|exploit\w{0,3}|tricked?"
    r"|such as"
    r"|chatbots? (?:that|which|to)|сообщи\w{1,4}|заяви\w{1,4}|исследовател\w{1,3}|хакер\w{0,3}"
    r"|злоумышленник\w{0,3}"
    r"|мошенник\w{0,3}|уязвимост\w{1,2}|по словам|рассказал\w{0,2})\b"
)
"""Words of a report about somebody's doings."""
