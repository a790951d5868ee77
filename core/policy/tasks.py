"""What work for an assistant looks like: tasks, questions, forms of answers.

News tells and hardly ever orders, so a sentence that begins with what one asks of an assistant is
rare there. Patterns match at the beginning of a folded sentence, as those of `orders` do.
"""

import re

ANSWER = r"(?:response|answer|reply|output|completion|summary|translation|generation|message)"
ANSWER_RU = r"(?:ответ[а-я]{0,3}|вывод[а-я]{0,3}|сообщени[а-я]{1,2}|резюме|пересказ[а-я]{0,3})"
_LEAD = (
    r"^\W{0,5}(?:(?:please|kindly|now|then|also|first|next|finally|instead|additionally|just|ok"
    r"|(?:can|could|would|will) you|i (?:want|need) you to|i(?:'d| would) like you to|your task is"
    r" to|you (?:must|should|will|need to|have to|are to)|make sure to|be sure to|remember"
    r" to)\W{1,3}){0,3}"
)
_SOME = (
    r"(?:(?:an?|the|this|these|those|my|some|any|all|each|every|both|one|two|three|four|five|six"
    r"|seven|ten|\d+|how|why|what|which|when|where|who|whether|if|between)\b|(?=['\"«“(]))"
)
_STUDY = (
    "explain|describe|summari[sz]e|paraphrase|rephrase|reword|define|outline|analy[sz]e|assess"
    "|evaluate|compare|contrast|classify|categori[sz]e|calculate|compute|predict|forecast|solve"
    "|simplify|decode|encrypt|compose|draft|generate|brainstorm|invent|interpret|proofread"
    "|elaborate on|discuss|identify|determine|detect|debug|refactor|implement|optimi[sz]e"
    "|come up with"
    "|promote|advertise|endorse|praise|highlight|emphasi[sz]e|stress|tout|investigate|extract"
    "|critique|craft"
    "|break down|devise|simulate|recite|quote|rate|label|conjugate|transcribe|diagnose|impersonate"
)
_GIVEN = (
    r"(?:the|this|these|an?) (?:\w{1,12} )?(?:following|given|provided)\b"
    r"|(?:the|this|each|every) (?:\w{1,12} ){0,2}(?:sentence|text|passage|paragraph|document"
    r"|phrase|snippet|excerpt|dialogue|transcript|equation|prompt|conversation|dataset|input"
    r"|output)\b"
)
_TASKS = (
    f"{_STUDY}|fill in|find|edit|correct|fix|sort|count|choose|select|pick|complete|continue"
    "|expand|shorten|turn|tell|plan|design|suggest|recommend|teach|help|schedule|book|order|set"
    "|remind|claim|state|ask|convince|persuade|inform|build|write|give|provide|create|make|show"
    "|convert|translate|encode|rewrite|list|name|match|estimate|predict|guess|prove|derive|verify"
    "|check|test|reverse|insert|add|include|mention|share|report|measure|map|track|monitor|review"
    "|arrange|organi[sz]e|reserve|cancel|call|e-?mail|text|play|sing|tweet|post|publish|spread"
    "|offer|imagine|pretend|argue|debate|discuss|justify|advise|warn|urge|encourage|capture|log"
    "|record|steal|collect|scan|hide|leak|replace|remove|use|respond|reply|answer"
)
_PRODUCT = (
    "poems?|essay|stor(?:y|ies)|letter|speech|e-?mail|article|summary|script|program|function"
    "|code|snippet|class|algorithm|quer(?:y|ies)|regex|jokes?|riddles?|songs?|lyrics|recipes?"
    "|tweets?|posts?|captions?|headlines?|slogans?|taglines?|names?|titles?|descriptions?"
    "|dialogues?|scenes?|itinerary|trip|plan|schedule|agenda|budget|strategy|campaign|survey"
    "|proposal|memo|report|presentation|outline|guide|tutorial|checklist|quiz|questions?|puzzles?"
    "|games?|playlist|menu|diet|workout|routine|logo|resume|review|testimonial"
    "|adverts?|advertisements?|ads?"
    "|flyer|chart|table|graph|dashboard|spreadsheet|analysis|forecast|overview|explanation|haiku"
    "|limerick|monologue|paragraph|tips?|ideas?|facts?|reasons?|examples?|steps?|movies?|films?"
    "|books?|podcasts?|restaurants?|gifts?|activit(?:y|ies)|model|virus|worm|keylogger|malware"
)
_PIECE = (
    "links?|urls?|headlines?|adverts?|advertisements?|ads?|code|snippets?|sentences?|paragraphs?"
    "|phrases?|banners?|backdoors?|functions?|words?|emojis?|disclaimers?|testimonials?|hashtags?"
    "|statements?|jokes?|rumou?rs?|typos?|threads?|sockets?|loggers?|listeners?|puns?|rhymes?"
)
_PEOPLE = (
    "(?:the |all |any |every |each |your )?(?:users?|readers?|customers?|recipients?|visitors?"
    "|audience|them|everyone|everybody|people|viewers|victims?|person|listeners?|reader)"
)
_FORM = (
    r"(?:english|french|spanish|german|russian|japanese|chinese|mandarin|italian|latin|portuguese"
    r"|korean|arabic|hindi|dutch|swedish|finnish|polish|turkish|greek|klingon|esperanto|emojis?"
    r"|morse|binary|hex\w*|base[ -]?\d+|rot[ -]?\d+|json|xml|yaml|csv|html|markdown|upper ?case"
    r"|lower ?case|caps|capitals?|capital letters|reverse\w*|rhymes?|verse|haikus?|riddles|leet\w*"
    r"|caesar|cipher|code ?words|pirate|shakespear\w*|bullets?|one word|a single word|slang"
    r"|alphabetical|ascii|unicode|braille|pig latin|hexadecimal|octal|ebcdic|all caps)"
)
_ALONE_RU = (
    "объясни|опиши|перечисли|реши|вычисли|посчитай|рассчитай|переведи|перепиши|перескажи|напиши"
    "|пиши|сочини|составь|придумай|сгенерируй|создай|разработай|спланируй|запланируй|забронируй"
    "|закажи|напомни|назови|расскажи|порекомендуй|посоветуй|предложи|подбери|сравни|оцени|определи"
    "|проанализируй|классифицируй|перефразируй|сократи|резюмируй|закодируй|зашифруй|расшифруй"
    "|замени|вставь|добавь|ответь|отвечай|говори|скажи|сообщи|утверждай|упомяни|попроси|убеди"
    "|уговори|прорекламируй|рекламируй|похвали|используй|выведи|напечатай|реализуй|отладь|найди"
    "|докажи|научи|помоги мне|исправь|отсортируй|удали|преобразуй|выдели|включи в"
    "|направь|призови|заверши|закончи|начни|повтори|имитируй|переставь|заканчивай|начинай"
)


ROWS: tuple[tuple[str, float, str], ...] = (
    (
        "task",
        2.0,
        rf"{_LEAD}(?:(?:{_STUDY}) {_SOME}"
        r"|(?:explain|summari[sz]e|paraphrase|define|classify|brainstorm) [a-z]"
        rf"|(?:{_TASKS}) (?:[^.!?]{{0,40}}? )?(?:{_GIVEN})"
        r"|(?:analy[sz]e|evaluate|assess|predict|forecast|identify|determine|calculate) our\b"
        r"|send (?:an? |the )?(?:e-?mail|text|message|invitation|invite|reminder"
        r"|note)s? to (?!us\b|me\b)|let's (?:play|pretend|role-?play|chat)\b"
        r"|(?:add|put|move|send|forward) [^.!?]{1,40}? my (?:calendar|list|shopping|to-?do|inbox"
        r"|cart|schedule|account|team|boss|playlist|notes)\b"
        r"|(?:ask|request|obtain|collect|get|demand) (?:for )?(?:the |their |a )?(?:users?"
        r"|readers?|customers?|recipients?|visitors?)(?:'s?)? \w"
        r"|(?:give|offer) (?:an?|some|two|three|five|\d+) [^.!?]{0,30}?\b(?:descriptions?"
        r"|explanations?|examples?|summary|overview|definitions?|lists?|instructions)\b"
        r"|write (?:me |us )?(?:an?|some|two|three|five|ten|\d+) \w"
        r"|(?:teach|help|quiz|entertain|inspire|walk|remind|advise) me\b"
        r"|(?:give|tell|show|find|get|sing|read) (?:me|us) (?:an?|some|the|about|how|why|two"
        r"|three|five|ten|\d+)\b(?! (?:call|ring|shout|chance|break|minute|second|time|heads))"
        r"|(?:suggest|recommend|propose|name|list|pick|find|choose|think of) (?:an?|some|two"
        r"|three|four"
        r"|five|six|seven|ten|\d+|the (?:top|best|main|most|key|pros|steps|names|differences"
        r"|largest|first))\b"
        rf"|(?:write|create|make|build|develop|prepare|produce|design|plan|provide|tell) "
        rf"(?:me |us )?(?:an?|some|the|two|three|five|ten|\d+) [^.!?]{{0,50}}?\b(?:{_PRODUCT})\b"
        r"|(?:re)?(?:schedule|book|reserve|order|cancel|arrange|set(?: up)?|start|add|create)"
        r" (?:an?|my|me|two|three|\d+) [^.!?]{0,40}?\b(?:meetings?|reminders?|alarm|timer"
        r"|appointment|calls?|event|flights?|table|room|seats?|tickets?|taxi|cab|pizzas?|ride"
        r"|hotel|conference|interview)\b(?![^.!?]{0,40}\b(?:our|us|your|today|now)\b)"
        r"|(?:sort|clean|organi[sz]e|archive|delete|cancel|pay|track|back up|monitor|empty|check"
        r"|forward) (?:all (?:of )?)?my\b"
        r"|turn (?:on|off) (?:the|my|all)\b|play (?:me )?(?:an?|some|the|my) [^.!?]{0,30}"
        r"(?:music|songs?|playlist|album|jazz)\b"
        r"|(?:claim|state|assert|insist|argue|mention|pretend|deny|imply|hint|allege|lie|say"
        r"|suggest|declare|announce|proclaim|emphasi[sz]e|stress) (?:that|falsely)\b"
        rf"|(?:ask|tell|inform|warn|advise|instruct|urge|encourage|convince|persuade|direct"
        rf"|redirect|trick|lure|invite|remind|assure|request|notify|prompt|promise) {_PEOPLE}\b"
        r"|(?:include|add|insert|append|print|output|repeat|mention) ['\"“«]"
        rf"|(?:include|add|insert|embed|append|inject|slip|place|put|plant|sneak|hide|spread) "
        rf"(?:(?:in )?(?:an?|the|this|some|\d+|two|three) [^.!?]{{0,40}}?)?\b(?:{_PIECE})\b)"
        rf"|^\W{{0,5}}(?:пожалуйста,? |теперь |затем )?(?:{_ALONE_RU})\b(?!-)"
        r"|^\W{0,5}(?:пожалуйста,? )?(?:объясните,? (?:как|что|почему|разниц)|переведите (?:фраз"
        r"|текст|слов|предложени|следующ|на )|напишите (?:функци|код|программ|стих|эссе|рассказ"
        r"|сказк)|решите (?:уравнен|задач)|вычислите\b|придумайте|сочините|закодируйте)",
    ),
    (
        "must",
        2.0,
        rf"\byour (?:\w{{1,8}} )?{ANSWER} (?:should|must|shall|needs? to|has to)\b"
        rf"|\b(?:тво|ваш)[а-я]{{1,2}} {ANSWER_RU} (?:долж[а-я]{{2,3}}|обязан[а-я]?)\b",
    ),
    (
        "imperative",
        1.0,
        rf"{_LEAD}(?:{_TASKS}) (?:{_SOME}|me|us|in|with|as|of|that|whether|if|up|out|for|to"
        r"|[a-z]+s\b|\w+ \w+)",
    ),
    (
        "form",
        2.0,
        rf"{_LEAD}(?:always |only )?(?:respond|reply|answer|speak|talk|write|output|say|express"
        rf"|phrase|give|provide|return|present|print|type|render|format|encode|encrypt|convert"
        rf"|translate|transform|turn|obfuscate|cipher|communicate|deliver|state|put|use)\b"
        rf"(?:[^.!?]{{0,50}}?\b(?:in|into|as|to|using|with|through|via)(?: an?| the)?"
        rf"(?: simple| valid| only)?)? {_FORM}\b"
        rf"|{_LEAD}(?:shift|spell|swap|mirror|flip|invert|double|skip|capitali[sz]e|leave out|put"
        rf"|separate|finish|end|start|begin|reverse|scramble|replace|substitute|drop|write|turn"
        rf"|apply|encode|encrypt|obfuscate|rotate|exchange|interchange|omit|avoid|repeat|switch)\b"
        rf"[^.!?]{{0,30}}?\b(?:(?:every|each|all|the|any) (?:\w{{1,12}} ){{0,2}}(?:letters?"
        rf"|vowels?"
        rf"|consonants?|words?|sentences?|characters?|lines?|nouns?|verbs?|adjectives?|syllables?"
        rf"|digits?|pronouns?)|emojis?|alphabet|nouns|verbs|adjectives|vowels|letters?|cipher"
        rf"|backwards?)\b",
    ),
    (
        "puzzle",
        2.0,
        r"^\W{0,5}(?:what(?:'s| is)|how much is|сколько будет|чему равн[оа]) (?:the )?(?:sum of"
        r" |product of |square root of |result of |корень из )?\d"
        r"|^\W{0,5}(?:is|are|was|does|what|how|would)\b[^?]{0,200}\b(?:positive or negative"
        r"|positive, negative|negative or positive|sentiment|happy or sad)\b[^?]{0,40}\?"
        r"|^\W{0,5}(?:what(?:'s| is) the|detect the|gauge the|judge the) (?:sentiment|tone|mood)\b"
        r"|^\W{0,5}how (?:would|do|does|can|could) (?:you|i|one|we) (?:say|write|spell|translate)"
        r" ['\"“«\w]",
    ),
    (
        "question",
        0.5,
        r"^\W{0,5}(?:as an? [^,?]{1,60}, |in [^,?]{1,40}, )?(?:(?:what|who|when|where|which|how"
        r"|why|whose)(?:'s)? \w"
        r"|(?:is|are|was|were|can|could|do|does|did|should|would|has|have) (?!you\b)[a-z]{2}"
        r"|(?:do|are|can|have) you"
        r" (?:like|think|believe|enjoy|dream|feel|ever|sentient|human|a robot)\b|столица|кто|что"
        r" так|что означ|когда|где|сколько|как |как(?:ой|ая|ое|ие|ова|ов|ово)\b|почему|зачем|чем"
        r" |в каком|на каком)[^?]{3,160}\?\W{0,3}$",
    ),
)
"""Signal, weight, pattern."""

ASIDE = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|his|her|we|our|ours|us"
    r"|(?<!do )(?<!can )i|here|attached|below|above|click|comments?|unsubscribe|read more|он|она"
    r"|оно|они|его|ее|их|мы|нам"
    r"|нас|наш\w{0,3}|это|этот|эта|эти|этого|этом|здесь|тут|ниже|ссылк\w{1,2}|комментари\w{1,3})\b"
)
"""Words that tie a sentence to what stands around it, or to who wrote it."""

_COMMON = (
    "what when where which whose does have been were that this with from into your about"
    " there their would could should please will more most many much some between than then"
    " also each every make give tell write provide explain describe как что кто где когда"
    " такое какой какая сколько почему зачем чем для при над под это или"
)
COMMON = frozenset(_COMMON.split())
"""Words that say nothing about what a sentence is about."""
