"""What all pages of respondents look like: one style, one small script, and a policy against all else."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from api.answering.words import word
from models.queries.invitations import Named
from models.terms import Language

STYLE = """
* { box-sizing: border-box; }
html { font: 1.0625rem/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; color: #1a1a1a;
  background: #f4f5f7; -webkit-text-size-adjust: 100%; }
body { margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.35rem; margin: .25rem 0; }
p { margin: .5rem 0; }
a { color: #0b57a4; }
.language { float: right; padding: .5rem; }
fieldset { border: 0; margin: 0 0 .75rem; padding: 1rem; background: #fff; border-radius: .5rem;
  min-width: 0; }
legend { float: left; width: 100%; padding: 0; font-weight: 600; margin-bottom: .5rem; }
legend + * { clear: both; }
small { color: #595959; font-weight: 400; }
label.choice { display: flex; align-items: center; gap: .75rem; min-height: 2.75rem; padding: .25rem .5rem;
  border-radius: .375rem; clear: both; }
label.choice:focus-within { outline: 3px solid #0b57a4; }
input[type=radio], input[type=checkbox] { width: 1.35rem; height: 1.35rem; flex: none;
  accent-color: #0b57a4; }
input[type=text], textarea, select { width: 100%; font: inherit; padding: .625rem; border: 1px solid #6b6b6b;
  border-radius: .375rem; background: #fff; clear: both; }
button { width: 100%; min-height: 3rem; font: inherit; font-weight: 600; border-radius: .5rem;
  margin: .25rem 0; border: 1px solid #0b57a4; background: #0b57a4; color: #fff; }
button.second { background: #fff; color: #0b57a4; }
:focus-visible { outline: 3px solid #0b57a4; outline-offset: 2px; }
.error { color: #b3261e; font-weight: 600; margin: .25rem 0; clear: both; }
.wrong { box-shadow: inset 4px 0 0 #b3261e; }
.notice { background: #fff; padding: 1rem; border-radius: .5rem; margin: 0 0 .75rem; }
#kept { min-height: 1.5rem; color: #595959; }
[hidden] { display: none; }
"""
SCRIPT = """
(function () {
  var form = document.querySelector('form[data-keep]');
  if (!form) return;
  var kept = document.getElementById('kept'), waiting = null, sent = false;
  function chosen(name) {
    var all = form.elements[name], found = [];
    if (!all) return found;
    (all.length === undefined ? [all] : Array.prototype.slice.call(all)).forEach(function (one) {
      if (one.checked) found.push(one.value);
    });
    return found;
  }
  function show() {
    form.querySelectorAll('[data-if]').forEach(function (part) {
      var wanted = part.getAttribute('data-answers').split(' ');
      var given = chosen(part.getAttribute('data-if'));
      var asked = given.some(function (one) { return wanted.indexOf(one) >= 0; });
      part.hidden = !asked;
      part.disabled = !asked;
    });
  }
  function keep() {
    waiting = null;
    fetch(form.getAttribute('data-keep'), {method: 'POST', credentials: 'same-origin',
      headers: {'Content-Type': 'application/x-www-form-urlencoded'},
      body: new URLSearchParams(new FormData(form)).toString()
    }).then(function (answer) {
      if (answer.ok) {
        kept.textContent = form.getAttribute('data-kept') + new Date().toTimeString().slice(0, 5);
      } else if (answer.status === 409) { location.reload(); } else { throw new Error('not kept'); }
    }).catch(function () {
      kept.textContent = form.getAttribute('data-not-kept');
      if (!waiting && !sent) waiting = setTimeout(keep, 5000);
    });
  }
  form.addEventListener('input', function () {
    show();
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1200);
  });
  form.addEventListener('submit', function () { sent = true; clearTimeout(waiting); });
  show();
})();
"""


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY = (
    f"default-src 'none'; style-src 'sha256-{_hash(STYLE)}'; script-src 'sha256-{_hash(SCRIPT)}'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def told_page(title: str, more: str | None, path: str, language: Language) -> str:
    """A page that only says something: thanks, or why nothing can be answered. Keys of WORDS."""
    further = f'\n<p class="notice">{escape(word(more, language))}</p>' if more else ""
    return page(word(title, language), head(word(title, language), path, language) + further, language)


def page(title: str, body: str, language: Language) -> str:
    tag = "zh-CN" if language is Language.ZH else "en"
    return f"""<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def head(title: str, path: str, language: Language) -> str:
    other = Language.EN if language is Language.ZH else Language.ZH
    tag = "en" if other is Language.EN else "zh-CN"
    link = f'<a class="language" hreflang="{tag}" lang="{tag}" href="{escape(path)}?lang={other.value}">'
    return f"{link}{escape(word('language', language))}</a>\n<h1>{escape(title)}</h1>"


def of(named: Named, language: Language) -> str:
    return named.zh if language is Language.ZH else named.en


def tick(kind: str, name: str, value: str, label: str, checked: bool) -> str:
    on = " checked" if checked else ""
    return (
        f'<label class="choice"><input type="{kind}" name="{escape(name)}" value="{escape(value)}"{on}>'
        f"<span>{escape(label)}</span></label>"
    )
