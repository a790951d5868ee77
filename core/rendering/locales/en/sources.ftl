# How sources fare, and why one could not be read.

source-state-ok = fine
source-state-new = not read yet
source-state-failing = cannot be read
source-state-silent = went silent
source-state-paused = paused
source-state-retired = gone for good

source-failure-address = this is no address that can be read
source-failure-forbidden = it leads into a private network, which is not allowed here
source-failure-dns = its name does not resolve
source-failure-connect = its server cannot be reached
source-failure-tls = its certificate is not valid
source-failure-timeout = its server answers too slowly
source-failure-too_large = it is larger than allowed
source-failure-redirects = it redirects without end
source-failure-denied = its server refuses access
source-failure-missing = there is nothing at this address
source-failure-gone = it was taken away for good
source-failure-limited = its server asks us to come back later
source-failure-unavailable = its server has a fault
source-failure-http = its server gave an unexpected answer
source-failure-empty = its server answers with nothing
source-failure-not_a_feed = this is not a feed
source-failure-unreadable = it is too broken to be read
source-failure-hidden = the channel hides its preview on the web
source-failure-lost = its page suddenly shows no posts
source-failure-taken = it moved to the address of another source here
source-failure-stored = what it brought could not be stored

source-kind-feed = feed
source-kind-channel = channel

# The list of sources in the chat, and one of them.

command-sources = the feeds and channels I read: how they fare, add, export
sources-polled-title = Sources
sources-polled-none = I read no feed and no channel yet. Add one: a site, a feed or a public Telegram channel.
sources-polled-count = { $n ->
    [one] { $n } source
   *[other] { $n } sources
}
sources-polled-troubled = { $n ->
    [one] { $n } needs a look
   *[other] { $n } need a look
}
status-sources-troubled = { $n ->
    [one] { $n } source needs a look: /sources
   *[other] { $n } sources need a look: /sources
}
source-not-read = not read since { $at }: { $why }
source-never-read = not read once so far: { $why }
source-silent = { $n ->
    [one] no news for { $n } day
   *[other] no news for { $n } days
}
source-silent-usually = { $quiet }, usually { $usual }
source-here = this chat only
source-everybody = for everybody
source-never = never so far
source-now = in a moment
source-last = last read: { $at }
source-next = next look: { $at }
source-articles = { $n ->
    [one] { $n } article so far
   *[other] { $n } articles so far
}
source-full-text-on = the full text behind each link is read, too
usual-day = about { $n } a day
usual-week = about { $n } a week
usual-month = about { $n } a month
usual-rare = less than one a month

source-advice-wait = Nothing to do yet: I try again by myself, less and less often.
source-advice-address = Look for its new address, add that one and remove this one.
source-advice-remove = The other one goes on; this one can be removed.
source-advice-denied = Its server lets nobody in like that. Another feed of the same publisher may be open.
source-advice-hidden = Only the owner of the channel can show its posts on the web. It can be removed.
source-advice-setting = The operator of this desk can allow this in its settings.
source-advice-silent = It can be read, but brings nothing. See whether it moved, or remove it.

source-refused-address = This is no address that I understand. Write it like https://example.org/feed.xml, example.org or @channel.
source-refused-rate = That were many addresses at once. Please try again in a minute.
source-refused-operators = Only operators of this desk can change what everybody sees.
source-refused-lost = This source is not there any more.
source-refused-full = { $n ->
    [one] A chat may have { $n } source of its own. Remove it first.
   *[other] A chat may have { $n } sources of its own. Remove one first.
}

tap-source-add = ➕ Add
tap-source-export = 📤 Export
tap-source-pause = ⏸ Pause
tap-source-resume = ▶️ Go on
tap-source-full-on = 📄 Read full texts
tap-source-full-off = 📄 Only what the feed says
tap-source-remove = 🗑 Remove
tap-source-remove-sure = 🗑 Yes, remove it
tap-source-offer = ➕ Add as a source
tap-source-search = 🔎 Search the news for it
tap-source-public = For everybody
tap-source-private = Only this chat
tap-source-all = All sources
tap-source-page = Its page
tap-source-others = What else was found

source-paused = Paused
source-resumed = It is read again
source-changed = Saved
source-removed = Removed
source-remove-ask = Remove { $title }? I stop reading it; the articles that I have stay.
source-remove-foreign = Only the person who asked to remove it can confirm.
source-add-how = Send me an address: of a site, a feed or a public Telegram channel.
source-add-how-group = Write the address behind the command: of a site, a feed or a public Telegram channel.

offer-link = Shall I read this as a source from now on?
offer-channel-hidden = I can only read public channels, those with an @name. This one has none.
offer-lost = I can no longer see the address. Please send it again.
look-title = Looking at it…
look-failed = I cannot add this: { $why }.
look-advice-wait = Check how it is written, or try again later.
look-advice-address = Send the address of the feed itself, or of a page that names its feed.
look-advice-remove = It is among the sources already.
look-advice-denied = Another feed of the same publisher may be open.
look-advice-hidden = Only its owner can show its posts on the web.
look-advice-setting = The operator of this desk can allow this in its settings.
reading-title = Reading it for the first time…
found-title = { $n ->
    [one] Found it. Who shall get its news?
   *[other] { $n } sources are there. Which one shall I read, and for whom?
}
found-items = { $n ->
    [0] nothing in it right now
    [one] { $n } article now
   *[other] { $n } articles now
}
found-newest = newest { $at }
added-title = ✓ { $title }
added-stored = { $n ->
    [0] I read it from now on. There was nothing in it yet.
    [one] { $n } article stored; nothing is announced from a first look.
   *[other] { $n } articles stored; nothing is announced from a first look.
}
added-reading = I am still reading it for the first time; its page tells how that went.
added-failed = It is added, but the first look failed: { $why }. I try again by myself.
added-known = It was here already ({ $how }).
added-private = Its news is for this chat alone.

list-found = { $n ->
    [one] { $n } feed found
   *[other] { $n } feeds found
}
list-new = { $n ->
    [0] all of them are here already
   *[other] { $n } new
}
list-ask = Shall I read them?
list-limit = { $n ->
    [one] A chat may have { $n } source of its own; what is more is left out.
   *[other] A chat may have { $n } sources of its own; what is more is left out.
}
list-none = I found no feed in this file. A list of feeds is an OPML file; every feed reader can export one.
list-large = This file is larger than { $mb } MB. A list of feeds is much smaller; split it if it is one.
list-not-fetched = Telegram did not give me the file. Please send it again.
list-lost = I can no longer see the file. Please send it again.
list-adding = Adding them…
list-caption = All sources as OPML: any feed reader takes it, and so does this desk.
file-not-a-list = In the chat I read lists of feeds: OPML files up to { $mb } MB. Articles, feeds and Telegram exports as files are loaded by the operator with the command “newsdesk import”.
imported-added = { $n ->
    [0] Nothing was added.
    [one] { $n } source added.
   *[other] { $n } sources added.
}
imported-known = { $n ->
    [one] { $n } was here already.
   *[other] { $n } were here already.
}
imported-refused = { $n ->
    [one] { $n } was left out: it has no address that can be read.
   *[other] { $n } were left out: they have no address that can be read.
}
imported-refused-here = { $n ->
    [one] { $n } was left out: a chat may have { $most } of its own, and every one needs an address.
   *[other] { $n } were left out: a chat may have { $most } of its own, and every one needs an address.
}
imported-next = I read them one after another; nothing is announced from a first look.

progress-look = Looking at the address…
views-full = { $n ->
    [one] { $n } view
   *[other] { $n } views
}
views-short = { $n } views
