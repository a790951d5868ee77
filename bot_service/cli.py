"""The command line: words in, exit code out. Heavy imports wait until a command needs them."""

import argparse
import sys
from collections.abc import Sequence

EXIT_CODES = """exit codes:
  0  answered
  1  a model or the desk itself failed (MODEL_UNAVAILABLE, INTERNAL)
  2  wrong usage, or input lines that could not be read
  3  no answer: NO_DATA, BUDGET_EXCEEDED or VALIDATION_FAILED
  4  the data folder is in use by another process"""


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of `newsdesk` and all its commands."""
    parser = argparse.ArgumentParser(
        prog="newsdesk",
        description="A self-hosted news desk that lives in Telegram.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("run", help="run the desk: the bot, its local chat, health and metrics")
    _add_trends(commands)
    _add_analyze(commands)
    imports = commands.add_parser(
        "import",
        help="import files or folders: JSON lines, feeds, Telegram exports, saved pages, OPML",
    )
    imports.add_argument("paths", nargs="+", metavar="PATH")
    imports.add_argument("--json", action="store_true", help="print the summary as JSON")
    _add_batch(commands)
    _add_sources(commands)
    _add_models(commands)
    _add_usage(commands)
    commands.add_parser("reindex", help="rebuild the search index from the store")
    commands.add_parser("purge", help="delete what is older than the retention settings")
    commands.add_parser("migrate", help="bring the database's schema up to date")
    move = commands.add_parser("move", help="copy the desk of the data folder to PostgreSQL")
    move.add_argument(
        "--to",
        required=True,
        metavar="URL",
        help="an empty database, e.g. postgresql://user:password@host/name",
    )
    doctor = commands.add_parser(
        "doctor", help="say what is configured, what is missing and what to do"
    )
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    setup = commands.add_parser(
        "setup", help="connect a Telegram bot: check its token, write .env"
    )
    setup.add_argument("--token", help="the token of @BotFather; asked for when left out")
    return parser


def _add_question(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--window", help="6h 12h 24h 1d 3d 1w 2w 1m 3m 6m 1y; 24h unless set")
    parser.add_argument("--lang", default="auto", help="language of the articles; auto: all")
    parser.add_argument("--source", help="title, domain or publisher of the sources that count")
    parser.add_argument("--reply-lang", default="en", help="language of the answer: en or ru")
    parser.add_argument("--now", metavar="ISO", help="end the window at this moment")
    parser.add_argument("--json", action="store_true", help="print the response as JSON")
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument(
        "--simple", dest="depth", action="store_const", const="simple", help="use no model"
    )
    depth.add_argument(
        "--enhanced",
        dest="depth",
        action="store_const",
        const="enhanced",
        help="insist on a language model",
    )


def _add_trends(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    trends = commands.add_parser("trends", help="what is unusual in the news of a window")
    trends.add_argument("words", nargs="*", metavar="WINDOW", help="as --window")
    _add_question(trends)


def _add_analyze(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    analyze = commands.add_parser("analyze", help="keywords, sentiment or topics of a window")
    analyze.add_argument("mode", metavar="MODE", help="keywords, sentiment or topics")
    analyze.add_argument(
        "words", nargs="*", metavar="QUERY", help="what it is about; a window may stand beside it"
    )
    analyze.add_argument("--k-final", type=int, default=8, help="articles to cite, 1 to 10")
    _add_question(analyze)


BATCH_TASKS = {
    "keyphrases": "phrases that say what a text is about",
    "sentiment": "mood and emotions of a text, or the mood towards its `entity`",
    "language": "language of a text",
    "category": "category of a news item",
    "stories": "which articles tell of one event, in order of arrival",
    "pairs": "whether `first` and `second` tell of one event",
    "search": "the best documents of --corpus for each query",
    "pii": "personal data and secrets in a text",
    "injection": "orders to whoever analyses a text",
    "policy": "sentences against their evidence: what may leave, and why the rest may not",
    "feeds": "items of a feed in `body` or `body_b64`",
    "opml": "addresses in an OPML list",
    "extract": "the article of a page in `html` or `html_gz_b64`",
}
BATCH_WORDS = """
A row without `id` gets its line number, from 0. What cannot be answered gives {"id" or "line",
"error"} in its place, a line on standard error, and exit code 2 at the end."""


def _add_batch(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    batch = commands.add_parser(
        "batch",
        help="one task over JSON lines: standard input to standard output",
        epilog="\n".join(
            ["tasks:", *(f"  {k:<12}{v}" for k, v in BATCH_TASKS.items()), BATCH_WORDS]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    batch.add_argument(
        "task", metavar="TASK", choices=BATCH_TASKS, help="what to compute, see below"
    )
    batch.add_argument("--corpus", metavar="FILE", help="search: JSON lines of id, title?, text")
    batch.add_argument(
        "--final",
        action="store_true",
        help="stories: answer when all is read, after repair; holds the words of every article",
    )


SOURCE_ACTIONS = {
    "list": "every source, how it fares and why it could not be read (also without a word)",
    "add ADDRESS": "poll a feed, a page's feed, or a Telegram channel (@name, t.me/name)",
    "pause ID": "stop polling it until it is resumed",
    "resume ID": "poll it again, at once",
    "remove ID": "stop polling it for good; its articles stay",
    "fulltext ID on|off": "read the page behind each link, too",
    "check": "poll every source now",
    "import FILE": "add the feeds of an OPML file (- reads standard input)",
    "export": "print the list as OPML",
}


def _add_sources(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sources = commands.add_parser(
        "sources",
        help="feeds and channels that are polled: list, add, pause, remove, import, export",
        epilog="\n".join(["actions:", *(f"  {k:<20}{v}" for k, v in SOURCE_ACTIONS.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [action.split()[0] for action in SOURCE_ACTIONS]
    sources.add_argument("action", nargs="?", default="list", choices=names, metavar="ACTION")
    sources.add_argument("values", nargs="*", metavar="VALUE", help="what the action takes")
    sources.add_argument("--json", action="store_true", help="print the report as JSON")


MODEL_ACTIONS = {
    "list": (
        "every model with its routes, key, price, quotas, status page",
        "Nothing is sent anywhere, and no part of a key is shown.",
    ),
    "check": (
        "one cheap call to each model: key, address, id, price, time",
        "Works while models are off. What it costs is shown and counted. Exit code 0: all "
        "answered; 1: one did not; 3: none is configured.",
    ),
    "drill": (
        "each route without its first choice, then all models off: who answers",
        "Works while models are off. What it costs is shown and counted. Exit code 0: every route "
        "has an answer within its time; 1: one has none; 3: no route leads to a model.",
    ),
}


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    models = commands.add_parser(
        "models", help="language models: list, check, drill them; try them without a key"
    )
    actions = models.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in MODEL_ACTIONS.items():
        action = actions.add_parser(name, help=words[0], description=" ".join(words))
        action.add_argument("--json", action="store_true", help="print the report as JSON")
    fake = actions.add_parser(
        "fake",
        help="stand-ins for OpenAI, Anthropic and Gemini on this machine, until Ctrl+C",
        description="Serve stand-ins for OpenAI, Anthropic and Gemini that need no key. They word "
        "what they are shown, count tokens, and fail when told to.",
    )
    fake.add_argument("--port", type=int, default=9000, help="port, 9000 unless set; 0: any")
    fake.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    fake.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="PROVIDER=FAULT",
        help="begin with a fault, e.g. openai=rate_limited:times=3,retry_after_s=2; repeatable",
    )
    fake.add_argument(
        "--latency", type=float, default=0.5, metavar="SECONDS", help="how long a reply takes"
    )
    fake.add_argument(
        "--own-ports",
        action="store_true",
        help="give each provider the next port too, so that it can refuse connections",
    )


def _add_usage(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    usage = commands.add_parser("usage", help="what language models cost, and today's limits")
    usage.add_argument(
        "--by",
        choices=("model", "command", "person", "chat", "day"),
        default="model",
        help="one line for each of these; model unless set",
    )
    usage.add_argument(
        "--since", metavar="DATE", help="first day, UTC; six days before the last unless set"
    )
    usage.add_argument("--until", metavar="DATE", help="last day, UTC; today unless set")
    usage.add_argument("--json", action="store_true", help="print the report as JSON")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit code."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.version:
        from importlib.metadata import version

        print(version("newsdesk"))
        return 0
    if arguments.command is None:
        parser.print_help()
        return 2
    from bot_service.dispatch import run_command

    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main())
