# Надписи на кнопках.

button-explain = 🔎 Как посчитано
button-sources = 📚 Все источники
button-similar = 🧭 Похожее
button-refresh = 🔄 Обновить
button-back = ‹ Назад
button-retry = 🔄 Повторить
button-keywords = 🔑 Ключевые слова
button-sentiment = 🎭 Тональность
button-topics = 🗂 Темы
button-trends = 📈 Тренды сейчас
button-wrong = Неверно
button-old = Устарело
button-useless = Бесполезно
button-current = • { $label } •

window-6h = 6 ч
window-12h = 12 ч
window-24h = 24 ч
window-1d = 1 день
window-3d = 3 дня
window-1w = 1 неделя
window-2w = 2 недели
window-1m = 1 месяц
window-3m = 3 месяца
window-6m = 6 месяцев
window-1y = 1 год
