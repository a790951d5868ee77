# Labels of buttons.

button-explain = 🔎 Explain
button-sources = 📚 All sources
button-similar = 🧭 Similar
button-refresh = 🔄 Refresh
button-back = ‹ Back
button-retry = 🔄 Try again
button-keywords = 🔑 Keywords
button-sentiment = 🎭 Sentiment
button-topics = 🗂 Topics
button-trends = 📈 Trends now
button-wrong = Wrong
button-old = Out of date
button-useless = Not useful
button-current = • { $label } •

window-6h = 6 h
window-12h = 12 h
window-24h = 24 h
window-1d = 1 day
window-3d = 3 days
window-1w = 1 week
window-2w = 2 weeks
window-1m = 1 month
window-3m = 3 months
window-6m = 6 months
window-1y = 1 year
