"""Layouts that want out: each attack is a script, or markup and a script.

What it got hold of it writes with `result(words)`; what it did elsewhere the test sees there. It
says on the console that it ran to its end, so that a slip of the pen isn't a success.
"""

from tests.browser.hostile import alone, navigation, opens, reach, screen, storage

PAGE = """<p>${text}</p><p id="result"></p><input name="answer" value="x">
%s
<script>
function result(words) {
  if (words) document.getElementById('result').textContent += words + ';';
}
const ours = %r, mine = turkGetParam('assignmentId');
function element(name, attributes, parent) {
  const made = Object.assign(document.createElement(name), attributes);
  (parent || document.body).append(made);
  return made;
}
function attempt(what) {
  try {
    const given = what();
    if (given && given.then) given.then((words) => result(words), () => {});
    else if (typeof given === 'string') result(given);
  } catch (refused) {}
}
addEventListener('load', () => {
%s
console.info('ran to its end');
});
</script>"""

ATTACKS: dict[str, str | tuple[str, str]] = {
    **navigation.ATTACKS,
    **reach.ATTACKS,
    **storage.ATTACKS,
    **screen.ATTACKS,
    **opens.ATTACKS,
    **alone.ATTACKS,
}


def page_of(attack: str, ours: str) -> str:
    """The layout; `ours` is the address of the marketplace."""
    written = ATTACKS[attack]
    markup, script = written if isinstance(written, tuple) else ("", written)
    return PAGE % (markup, ours, script)
