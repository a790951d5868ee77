"""An invented month of news on an invented coast: quiet weeks, then a flood in the last day."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2025, 3, 12, 18, 0, tzinfo=UTC)
IMPORTED_AT = NOW - timedelta(hours=1)
"""When the stream was read; nothing in it is younger, so every article counts at its own date."""

EN = ("Selmer Gazette", "Harbour Daily", "North Coast Wire", "The Lantern", "Quayside Mail",
      "Inland Observer")  # fmt: skip
RU = ("Сельмерский листок", "Прибрежные вести", "Северный курьер")
PLACES_EN = ("Ostrel", "Varnby", "Lindhaven", "Corrick", "Dunmoor", "Ashgrave", "Pellick",
             "Tarnholm")  # fmt: skip
PLACES_RU = ("Острель", "Варнбю", "Линдхавен", "Коррик")
QUIET_EN = (
    ("School roof in {} is repaired", "Builders finished the roof of the primary school in {}. "
     "Lessons return to the old rooms on Monday."),
    ("Library of {} lends tools to gardeners", "Readers may borrow spades and rakes beside "
     "novels. The librarian of {} calls the idea a great success."),
    ("Rowing club of {} wins the spring regatta", "The eight from {} won by a length. The happy "
     "crew celebrated with its delighted fans on the pier."),
    ("Bus drivers in {} accept a timetable", "Night buses will run every half hour. The union of "
     "{} agreed after three rounds of talks."),
    ("Bakery in {} closes after forty years", "The last loaf was sold on Saturday. Sad customers "
     "of {} wept at the counter over the loss."),
    ("Hospital in {} opens a children's ward", "Twelve bright rooms wait for young patients. "
     "Nurses in {} love the wonderful new garden."),
    ("Thieves take copper from the {} substation", "Police fear that a gang is behind the crime. "
     "Homes in {} had no light for an hour."),
    ("Farmers near {} expect a poor barley harvest", "Frost killed the young plants. Growers "
     "around {} speak of the worst damage in years."),
)  # fmt: skip
QUIET_RU = (
    ("В городе {} отремонтировали старый причал", "Рабочие заменили доски и фонари. Жители города "
     "{} благодарят строителей за отличную работу."),
    ("Музей города {} показал коллекцию маяков", "Выставка открыта до мая. Посетители музея в "
     "городе {} в восторге от макетов."),
    ("Рыбаки города {} жалуются на плохой улов", "Сети третью неделю пустые. Рыбаки из города {} "
     "боятся разорения и потери работы."),
    ("В городе {} угнали почтовый катер", "Полиция ищет преступников. Почта города {} "
     "временно не работает, люди возмущены."),
)  # fmt: skip
FLOOD_EN = (
    ("Tidal barrier at Port Selmer fails and water fills the old town", "The tidal barrier of "
     "Port Selmer broke at dawn. Water stood a metre high in the old town; 340 people fled."),
    ("Broken tidal barrier leaves Port Selmer under water", "A gate of the tidal barrier gave way "
     "near the fish market of Port Selmer. Rescue crews fear more damage at the next high tide."),
    ("Port Selmer flooded as tidal barrier collapses", "Families in Port Selmer were carried out "
     "by boat after the tidal barrier collapsed. The mayor spoke of a terrible loss."),
    ("Rescuers search Port Selmer after the tidal barrier disaster", "Divers searched cellars in "
     "Port Selmer. The tidal barrier had been inspected only in January."),
    ("Why the tidal barrier of Port Selmer broke", "Engineers blame rust in the hinges of the "
     "tidal barrier. Port Selmer had asked for repair money twice."),
    ("Government sends pumps to Port Selmer", "Forty pumps are on their way to Port Selmer, where "
     "the tidal barrier failed. Soldiers fill sandbags along the quay."),
    ("Insurers count the cost of the Port Selmer tidal barrier", "The flood behind the tidal "
     "barrier may cost 90 million crowns. Port Selmer shops lost their spring stock."),
    ("Schools stay shut in flooded Port Selmer", "Pupils of Port Selmer learn at home while the "
     "tidal barrier is mended. Teachers call the damage awful."),
)  # fmt: skip
FLOOD_RU = (
    ("В Порт-Сельмере прорвало приливный барьер, затоплен старый город", "Приливный барьер "
     "Порт-Сельмера сломался на рассвете. Сотни людей потеряли дома, спасатели боятся худшего."),
    ("Порт-Сельмер под водой: приливный барьер рухнул", "Ворота приливного барьера рухнули у "
     "рыбного рынка. Жители Порт-Сельмера в отчаянии покидают дома."),
    ("Правительство отправило насосы в затопленный Порт-Сельмер", "Сорок насосов едут в "
     "Порт-Сельмер, где сломался приливный барьер. Солдаты укладывают мешки с песком."),
)  # fmt: skip
COPIED = FLOOD_EN[0]
ORCHARD = ("Cider makers of Ashgrave trade apples for rare pears", "The orchard society met on a "
           "rainy evening. Cider makers swapped rare pears, apples and advice.")  # fmt: skip
GERMAN = (
    ("Die Werft von Ostrel baut eine neue Fähre", "Die Werft hat den Auftrag für eine Fähre "
     "bekommen. Sie soll im nächsten Jahr zwischen den Inseln fahren und wird leise sein."),
    ("Der Leuchtturm auf der Insel wird gestrichen", "Die Maler brauchen für den Leuchtturm drei "
     "Wochen. Danach dürfen die Besucher wieder auf die Plattform steigen."),
)  # fmt: skip

Line = dict[str, Any]


def line(key: str, lang: str, words: tuple[str, str], source: str, hours_ago: float) -> Line:
    """One item as a stream holds it."""
    at = NOW - timedelta(hours=hours_ago)
    return {
        "id": key,
        "title": words[0],
        "text": words[1],
        "url": f"https://{lang}.coast.example/{key}",
        "lang": lang,
        "source": source,
        "published_at": at.isoformat(),
    }


def _filled(words: tuple[str, str], place: str) -> tuple[str, str]:
    return words[0].format(place), words[1].format(place)


def _quiet() -> Iterator[Line]:
    """Eight English and four Russian items a day, today and on this weekday of four weeks."""
    for week in range(5):
        for slot, words in enumerate(QUIET_EN):
            place = PLACES_EN[(slot + week) % len(PLACES_EN)]
            source = EN[(slot + week) % len(EN)]
            hours = week * 168 + 3 + 2.5 * slot
            yield line(f"quiet-{week}-{slot}", "en", _filled(words, place), source, hours)
        for slot, words in enumerate(QUIET_RU):
            place = PLACES_RU[(slot + week) % len(PLACES_RU)]
            source = RU[(slot + week) % len(RU)]
            hours = week * 168 + 4 + 4 * slot
            yield line(f"tiho-{week}-{slot}", "ru", _filled(words, place), source, hours)


def _flood() -> Iterator[Line]:
    for number, words in enumerate(FLOOD_EN):
        yield line(f"flood-{number}", "en", words, EN[number % len(EN)], 5 - number / 2)
    for number, words in enumerate(FLOOD_RU):
        yield line(f"potop-{number}", "ru", words, RU[number % len(RU)], 4.2 - number)
    for number, source in enumerate(("Ebb and Flow", "Coastal Digest")):
        copy = (COPIED[0], f"{COPIED[1]} ({source})")
        yield line(f"copy-{number}", "en", copy, source, 2.9 - number / 2)


def make_stream() -> list[Line]:
    """Give the stream, oldest first; the undated item stands last."""
    lines = [*_quiet(), *_flood(), line("orchard", "en", ORCHARD, "The Lantern", 20 * 24)]
    lines += [
        line(f"de-{number}", "de", words, "Küstenblatt", 40 + number)
        for number, words in enumerate(GERMAN)
    ]
    lines.sort(key=lambda item: item["published_at"])
    undated = (
        "Notice board of Port Selmer lists dry shelters",
        "Volunteers keep the list of shelters beside the broken tidal barrier.",
    )
    lines.append(line("undated", "en", undated, "Quayside Mail", 0) | {"published_at": None})
    return lines


def write_lines(path: Path, lines: list[Line]) -> Path:
    """Write items as JSON lines."""
    body = "\n".join(json.dumps(item, ensure_ascii=False) for item in lines)
    path.write_text(body + "\n", encoding="utf-8")
    return path
