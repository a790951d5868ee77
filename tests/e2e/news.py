"""A small stream written for these tests: two languages, a week, stories that repeat."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

NOW = datetime(2024, 11, 10, 12, 0, tzinfo=UTC)

STORIES_EN = (
    ("Harbour bridge in Port Alder closes after crack is found", "Engineers closed the Harbour "
     "bridge in Port Alder after a crack was found in a main girder. Ferries run instead."),
    ("Central Bank of Norland raises rates to 6 percent", "The Central Bank of Norland raised its "
     "key rate to 6 percent and warned that inflation remains high. Markets fell."),
    ("Kestrel space probe sends first pictures of comet Vela", "The Kestrel probe sent the first "
     "pictures of comet Vela. Scientists are delighted with the wonderful detail."),
    ("Storm Helga floods villages in the Marrow valley", "Storm Helga flooded villages in the "
     "Marrow valley. Hundreds lost their homes and two people are missing."),
)  # fmt: skip
STORIES_RU = (
    ("В Приозёрске открыли новый мост через реку Вилу", "В Приозёрске открыли новый мост через "
     "реку Вилу. Движение запустили в субботу утром, жители очень рады."),
    ("Банк Норландии поднял ключевую ставку до 6 процентов", "Банк Норландии поднял ключевую "
     "ставку до 6 процентов. Экономисты опасаются роста цен и падения спроса."),
    ("Шторм «Хельга» затопил деревни в долине Марроу", "Шторм «Хельга» затопил деревни в долине "
     "Марроу. Сотни людей потеряли дома, двое пропали без вести."),
)  # fmt: skip
SOURCES_EN = ("Alder Post", "Norland Times", "The Valley Wire")
SOURCES_RU = ("Вилский вестник", "Норландские новости")
TAILS_EN = ("", " Officials spoke on the day.", " Residents were asked to stay calm.")
TAILS_RU = ("", " Подробности сообщили власти.")


def write_stream(path: Path) -> None:
    """Write the stream as JSON lines, oldest first."""
    lines = []
    for hours in range(6 * 24, 0, -3):
        at = NOW - timedelta(hours=hours)
        turn = hours // 3
        for lang, stories, sources, tails in (
            ("en", STORIES_EN, SOURCES_EN, TAILS_EN),
            ("ru", STORIES_RU, SOURCES_RU, TAILS_RU),
        ):
            title, text = stories[turn % len(stories)]
            source, tail = sources[turn % len(sources)], tails[turn // 2 % len(tails)]
            lines.append(
                {
                    "id": f"{lang}-{hours}",
                    "title": f"{title}{'' if turn % 2 else ', ' + str(hours)}",
                    "text": text + tail,
                    "url": f"https://{lang}.news.example/{hours}",
                    "lang": lang,
                    "source": source,
                    "published_at": at.isoformat(),
                }
            )
    body = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(body + "\n", encoding="utf-8")
