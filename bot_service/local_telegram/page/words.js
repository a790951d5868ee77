// What the page itself says, in the languages it speaks.

const WORDS = {
  en: {
    start: "Start", welcome: "What can this bot do?", welcomeText: "Press Start to begin.",
    online: "online", offline: "the bot is not listening yet", typing: "typing…",
    uploading: "sending a file…", lost: "reconnecting…", thinking: "Thinking…",
    message: "Message", send: "Send", attach: "Attach a file", commands: "Commands",
    back: "Chats", menu: "Menu", chatMenu: "Chat options", down: "To the newest message",
    edited: "edited", more: "Show more", less: "Show less", spoiler: "Show hidden text",
    drop: "Drop the file to send it", tooLarge: "A file may have up to 20 MB.",
    noAnswer: "The bot did not answer.", copied: "Copied", ok: "OK", cancel: "Cancel",
    open: "Open", openLink: "Open this link?", you: "You", bot: "bot", members: "members",
    language: "Language", people: "Write as", newPerson: "New person…", newGroup: "New group…",
    name: "Name", title: "Title", create: "Create", forum: "Forum with topics",
    topicNames: "Topics, one a line", block: "Block the bot", unblock: "Unblock the bot",
    kick: "Remove the bot", invite: "Add the bot", upgrade: "Make it a supergroup",
    general: "General", today: "Today", yesterday: "Yesterday", earlier: "Earlier messages",
    photo: "Picture", file: "File", general_error: "That did not work",
    created: "The group was created", joined: "joined", left: "left", topic: "Topic",
    forward: "Forward from a channel…", channel: "Channel", channelName: "@name, if it is public",
    post: "Post", forwarded: "Forwarded from",
    upgraded: "The group became a supergroup", local: "This chat lives on your machine.",
  },
  ru: {
    start: "Начать", welcome: "Что умеет этот бот?", welcomeText: "Нажмите «Начать».",
    online: "в сети", offline: "бот ещё не слушает", typing: "печатает…",
    uploading: "отправляет файл…", lost: "соединение…", thinking: "Думаю…",
    message: "Сообщение", send: "Отправить", attach: "Прикрепить файл", commands: "Команды",
    back: "Чаты", menu: "Меню", chatMenu: "Действия с чатом", down: "К последнему сообщению",
    edited: "изменено", more: "Показать ещё", less: "Свернуть", spoiler: "Показать скрытый текст",
    drop: "Отпустите файл, чтобы отправить", tooLarge: "Файл может быть не больше 20 МБ.",
    noAnswer: "Бот не ответил.", copied: "Скопировано", ok: "OK", cancel: "Отмена",
    open: "Открыть", openLink: "Открыть ссылку?", you: "Вы", bot: "бот", members: "участники",
    language: "Язык", people: "Писать от имени", newPerson: "Новый человек…",
    newGroup: "Новая группа…", name: "Имя", title: "Название", create: "Создать",
    forum: "Форум с темами", topicNames: "Темы, по одной в строке",
    block: "Заблокировать бота", unblock: "Разблокировать бота", kick: "Удалить бота",
    invite: "Добавить бота", upgrade: "Сделать супергруппой", general: "Общее",
    today: "Сегодня", yesterday: "Вчера", earlier: "Более ранние сообщения",
    photo: "Картинка", file: "Файл", general_error: "Не получилось",
    created: "Группа создана", joined: "теперь в группе", left: "больше не в группе",
    forward: "Переслать из канала…", channel: "Канал", channelName: "@имя, если канал открытый",
    post: "Запись", forwarded: "Переслано из",
    topic: "Тема", upgraded: "Группа стала супергруппой",
    local: "Этот чат хранится на вашем компьютере.",
  },
};

export const LANGUAGES = [["en", "English"], ["ru", "Русский"], ["de", "Deutsch"],
  ["es", "Español"], ["fr", "Français"], ["uk", "Українська"]];

let code = "en";

export function speak(languageCode) {
  code = languageCode || "en";
  document.documentElement.lang = WORDS[code.split("-")[0]] ? code : "en";
}

export function say(key) {
  return (WORDS[code.split("-")[0]] ?? WORDS.en)[key];
}

export function clockTime(unix) {
  return new Date(unix * 1000).toLocaleTimeString(code, { hour: "2-digit", minute: "2-digit",
    hourCycle: "h23" });
}

export function dayName(unix) {
  const day = new Date(unix * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0))
    / 86400000);
  if (days === 0) return say("today");
  if (days === 1) return say("yesterday");
  return day.toLocaleDateString(code, { day: "numeric", month: "long", year: "numeric" });
}

export function fileSize(bytes) {
  const [value, unit] = bytes < 1e3 ? [bytes, "byte"]
    : bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(code, { style: "unit", unit, unitDisplay: "short",
    maximumFractionDigits: value < 10 && unit !== "byte" ? 1 : 0 }).format(value);
}
