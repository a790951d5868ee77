"""Pages as t.me/s/… gives them, written for these tests."""

CHANNEL = """
<section class="tgme_right_column"><div class="tgme_channel_info">
 <div class="tgme_channel_info_header">
  <div class="tgme_channel_info_header_title_wrap">
   <div class="tgme_channel_info_header_title">
    <span dir="auto">Harbour News &amp; Tides</span></div>
   <div class="tgme_channel_info_header_labels"></div></div>
  <div class="tgme_channel_info_header_username"><a href="https://t.me/HarbourNews">@HarbourNews</a>
 </div></div>
 <div class="tgme_channel_info_description">All about the quay</div>
 <div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter">
  <span class="counter_value">12.3K</span>
  <span class="counter_type">subscribers</span></div></div>
</div></section>
"""

REPLY = """
<a class="tgme_widget_message_reply user-color-default" href="https://t.me/HarbourNews/3">
 <div class="tgme_widget_message_author">
  <span class="tgme_widget_message_author_name">H</span></div>
 <div class="tgme_widget_message_text js-message_reply_text" dir="auto">What was said before</div>
 <div class="tgme_widget_message_metatext js-message_text">Quoted words</div>
</a>
"""

FORWARDED = """
<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from
 <a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/9">
 <span dir="auto">Other Channel</span></a></div>
"""

LINK_PREVIEW = """
<a class="tgme_widget_message_link_preview" href="https://quay.example/a">
 <div class="link_preview_site_name accent_color" dir="auto">Quay Times</div>
 <div class="link_preview_title" dir="auto">A title of somebody else</div>
 <div class="link_preview_description" dir="auto">Words of somebody else</div></a>
"""

POLL = """
<a class="tgme_widget_message_poll js-poll" href="https://t.me/HarbourNews/1">
 <div class="tgme_widget_message_poll_question">Which quay?</div>
 <div class="tgme_widget_message_poll_type">Anonymous Poll</div>
 <div class="tgme_widget_message_poll_options"><div class="tgme_widget_message_poll_option">
  <div class="tgme_widget_message_poll_option_percent">38%</div>
  <div class="tgme_widget_message_poll_option_value">
   <div class="tgme_widget_message_poll_option_text">North</div>
   <div class="tgme_widget_message_poll_option_bar" style="width:38%"></div></div></div>
 <div class="tgme_widget_message_poll_option">
  <div class="tgme_widget_message_poll_option_percent">62%</div>
  <div class="tgme_widget_message_poll_option_value">
   <div class="tgme_widget_message_poll_option_text">South</div></div></div></div>
 <div class="tgme_widget_message_voters">2.1K voters</div></a>
"""

ALBUM = """
<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap"><div
 class="tgme_widget_message_grouped js-message_grouped">
 <a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/HarbourNews/1?single"></a>
 <a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/HarbourNews/2?single"></a>
</div></div>
"""

VIDEO = """
<a class="tgme_widget_message_video_player" href="https://t.me/HarbourNews/1">
 <time class="message_video_duration js-message_video_duration">0:15</time></a>
"""


def words(html: str) -> str:
    """Give the block of a post that holds its text."""
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{html}</div>'


def post(
    number: int,
    inside: str,
    *,
    name: str = "HarbourNews",
    views: str = "12.3K",
    at: str = "2026-03-01T10:00:00+00:00",
    is_edited: bool = False,
) -> str:
    """Give one post as it stands on a page."""
    edited = "edited &nbsp;" if is_edited else ""
    return f"""
<div class="tgme_widget_message_wrap js-widget_message_wrap"><div
 class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{name}/{number}"
 data-view="eyJjIjo">
 <div class="tgme_widget_message_user"><a href="https://t.me/{name}"><i class="icon"></i></a></div>
 <div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">
  <a class="tgme_widget_message_owner_name"><span dir="auto">Harbour News</span></a></div>
  {inside}
  <div class="tgme_widget_message_footer compact js-message_footer">
   <div class="tgme_widget_message_info short js-message_info">
    <span class="tgme_widget_message_views">{views}</span><span class="copyonly"> views</span>
    <span class="tgme_widget_message_meta">{edited}<a class="tgme_widget_message_date"
     href="https://t.me/{name}/{number}"><time datetime="{at}" class="time">10:00</time></a></span>
   </div></div>
 </div></div></div>
"""


def service(number: int) -> str:
    """Give a message that says what happened in the channel."""
    return f"""
<div class="tgme_widget_message_wrap js-widget_message_wrap"><div
 class="tgme_widget_message text_not_supported_wrap service_message js-widget_message"
 data-post="HarbourNews/{number}"><div class="tgme_widget_message_bubble">
 <div class="tgme_widget_message_text js-message_text" dir="auto">Harbour News pinned a photo</div>
</div></div></div>
"""


def page(*posts: str, info: str = CHANNEL) -> str:
    """Give a whole preview page."""
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Harbour News – Telegram</title>
<link rel="prev" href="/s/HarbourNews?before=40"></head>
<body class="widget_frame_base tgme_webpage no_transition"><main class="tgme_main">
<section class="tgme_channel_history js-message_history">
<div class="tme_messages_more_wrap"><a href="/s/HarbourNews?before=40" data-before="40"
 class="tme_messages_more js-messages_more"></a></div>{"".join(posts)}</section>{info}</main>
</body></html>"""


def contact(title: str, extra: str, action: str = "View in Telegram") -> str:
    """Give the page of a name whose posts are not shown."""
    title = f'<div class="tgme_page_title"><span dir="auto">{title}</span></div>' if title else ""
    extra = f'<div class="tgme_page_extra">{extra}</div>' if extra else ""
    return f"""<!DOCTYPE html><html><head><title>Telegram: Contact @harbournews</title></head>
<body><div class="tgme_page_wrap"><div class="tgme_page">
<div class="tgme_page_photo"></div>{title}{extra}
<div class="tgme_page_icon"></div><div class="tgme_page_description"></div>
<div class="tgme_page_action"><a class="tgme_action_button_new shine"
 href="tg://resolve?domain=harbournews">{action}</a></div></div></div></body></html>"""
