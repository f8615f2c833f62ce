"""What MathJax makes of a formula on GitHub and in Jupyter: macros that are refused or unknown, what is not balanced, what is lost.

GitHub renders the Markdown first and gives MathJax what is left of a formula. So `$...$` loses its backslashes before punctuation
and whatever Markdown takes for emphasis; $`...`$ and ```math fences reach MathJax as they stand, all but a < beside a letter.

Sources: GitHub's page "Writing mathematical expressions"; github/markup issues 1688 (operatorname), 1740 (footnotes), 1961; the
collection of N. Schloemer, github.com/nschloe/markdown-math-acid-test, with the discussions it links; MathJax 3, "TeX and LaTeX
input", for the macros that it knows and where tags may stand.
"""

import re

REFUSED = {  # macro: what to write instead. GitHub refuses some, and some would change the formulas behind them, or the page
    **dict.fromkeys(("operatorname",), r"write \mathrm{...}"),
    **dict.fromkeys(("mbox", "hbox"), r"write \text{...}"),
    **dict.fromkeys(("phantom", "hphantom", "vphantom"), r"write \quad, or nothing"),
    **dict.fromkeys(("def", "let", "newcommand", "renewcommand", "newenvironment", "DeclareMathOperator", "require"), "write it out"),
    **dict.fromkeys(("label", "ref", "eqref"), r"write \tag{4} and, in words, (4)"),
    **dict.fromkeys(("href", "url", "unicode", "class", "style", "cssId", "bbox", "color"), "say it in the words around the formula"),
    **dict.fromkeys(("bm", "mathbold"), r"write \mathbf{...}, or \boldsymbol{...} of a Greek letter"),
    **dict.fromkeys(("argmin", "argmax"), r"write \arg\min"),
}
KNOWN = set(
    """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega varepsilon
    vartheta varpi varrho varsigma varphi Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar imath jmath Re Im aleph
    frac dfrac tfrac cfrac binom dbinom tbinom sqrt sum prod int iint oint bigcup bigcap bigoplus bigotimes bigvee bigwedge coprod
    limits nolimits lim limsup liminf sup inf max min arg det dim exp ln log lg sin cos tan cot sec csc sinh cosh tanh arcsin arccos
    arctan ker gcd deg hom Pr bmod pmod mod
    le leq ge geq ne neq lt gt ll gg approx equiv sim simeq cong propto in notin ni subset subseteq supset supseteq not mid nmid parallel
    perp prec succ preceq succeq models vdash doteq asymp lesssim gtrsim leqslant geqslant ll gg triangleq
    cdot cdots ldots dots vdots ddots dotsc dotsb times div pm mp ast star circ bullet odot oplus ominus otimes cup cap setminus wedge
    vee land lor neg lnot forall exists nexists partial nabla infty emptyset varnothing top bot angle prime dagger
    to gets mapsto rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow longrightarrow longleftarrow longmapsto
    Longrightarrow Longleftrightarrow iff implies impliedby uparrow downarrow Uparrow Downarrow updownarrow nearrow searrow hookrightarrow
    xrightarrow xleftarrow rightsquigarrow leadsto
    left right middle big Big bigg Bigg bigl bigr bigm Bigl Bigr Bigm biggl biggr Biggl Biggr lvert rvert lVert rVert vert Vert langle
    rangle lbrace rbrace lbrack rbrack lceil rceil lfloor rfloor backslash
    hat widehat bar overline underline tilde widetilde vec dot ddot check breve acute grave mathring overbrace underbrace overset underset
    stackrel overrightarrow substack boxed cancel
    mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt mathop mathbin mathrel mathord mathopen mathclose mathpunct boldsymbol
    text textbf textit textrm texttt displaystyle textstyle scriptstyle
    quad qquad enspace thinspace colon space tag begin end hline
    """.split()  # MathJax knows more: add what you need
)
ENVIRONMENTS = set("aligned alignedat gathered split cases matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array".split())
TOKEN = re.compile(
    r"\\begin\{(?P<begin>[^}]*)\}|\\end\{(?P<end>[^}]*)\}|\\(?P<macro>[A-Za-z]+)\*?|\\(?P<escaped>.)|(?P<other>.)", re.DOTALL
)
BESIDE_A_LETTER = re.compile(r"(?:\\?[A-Za-z]+)?[<>][A-Za-z]|\\?[A-Za-z]+[<>]")


def of_formula(tex):
    """What is wrong with a formula, wherever it stands: [(line from 0, message)]."""
    found = [*_letters(tex), *_macros(tex), *_balanced(tex)]
    beside = BESIDE_A_LETTER.search(tex)
    if beside:
        found.append(
            (_line(tex, beside.start()), f"< and > must not touch a letter, got {beside[0]}; GitHub sees a tag: write \\lt or \\gt")
        )
    return found


def of_display(tex):
    """What else is wrong with the text of a ```math fence."""
    found = [] if tex.strip() else [(0, "a display must hold a formula, got nothing; delete the fence")]
    lines = tex.rstrip("\n").split("\n")
    found += [
        (i, "a display must have no empty line, got one; Jupyter ends it there: delete the line")
        for i, text in enumerate(lines)
        if not text.strip()
    ]
    if "$" in tex:
        found.append((_line(tex, tex.index("$")), "a display must hold no $, got one; the fence is its mark: delete it"))
    return found + list(_rows(tex))


def of_inline(tex, verbatim):
    """What else is wrong with `$...$`, or with $`...`$ where `verbatim`; all of it stands on one line.

    What Markdown would take from `$...$` is not the question here where it takes two formulas to do so.
    """
    found = []
    if r"\tag" in tex:
        found.append((0, r"\tag must stand in a display, got it inline; write a ```math fence"))
    if verbatim:
        return found
    for pattern, what in (
        (r"\\[!-/:-@\[-`{-~]", "Markdown takes a backslash before punctuation"),
        (r"\*", "Markdown takes a * for emphasis"),
        (r"(?:^|[^A-Za-z0-9])_", "Markdown may take a _ for emphasis that stands behind neither letter nor digit"),
        (r"~", "Markdown strikes out what stands between two ~"),
        (r"&#?\w+;", "Markdown takes it for one character"),
        (r":[a-z0-9_+-]+:", "GitHub takes it for an emoji"),
    ):
        piece = re.search(pattern, tex)
        if piece:
            found.append((0, f"{what}, got {piece[0]} in ${tex}$; write $`{tex}`$"))
    if tex != tex.strip():
        found.append((0, f"no space may stand inside the two $, got ${tex}$; write ${tex.strip()}$"))
    return found


def _line(tex, place):
    return tex.count("\n", 0, place)


def _letters(tex):
    for piece in re.finditer(r"[^\x00-\x7f]+", tex):
        yield _line(tex, piece.start()), f"mathematics must be ASCII, got {piece[0]!r}; write its macro, such as \\lambda"
    for piece in re.finditer(r"(?<!\\)((?:\\\\)*)([%#])", tex):
        why = "the rest of the line would be a comment" if piece[2] == "%" else "MathJax refuses it"
        yield _line(tex, piece.start()), f"{piece[2]} must have a backslash, got it without; {why}: write \\{piece[2]}"


def _macros(tex):
    for token in TOKEN.finditer(tex):
        line = _line(tex, token.start())
        name, environment = token["macro"], token["begin"]
        if environment is not None and environment not in ENVIRONMENTS:
            yield line, f"an environment must be one of {', '.join(sorted(ENVIRONMENTS))}, got {environment}; most often it is aligned"
        elif name in REFUSED:
            yield line, f"a macro must be one that GitHub allows everywhere, got \\{name}; {REFUSED[name]}"
        elif name and name not in KNOWN:
            way_out = f"write \\mathrm{{{name}}}, or add it to KNOWN in tutorials/form/mathematics.py if MathJax knows it"
            yield line, f"a macro must be known to MathJax, got \\{name}; {way_out}"


def _balanced(tex):
    """Braces, \\left and \\right, \\begin and \\end: each closes what was opened last."""
    opened = []
    closes = {"}": "{", "right": "left"}
    for token in TOKEN.finditer(tex):
        line = _line(tex, token.start())
        mark = token["other"] if token["other"] in ("{", "}") else token["macro"] if token["macro"] in ("left", "right") else None
        if token["begin"] is not None:
            opened.append((token["begin"], token[0], line))
        elif mark in ("{", "left"):
            opened.append((mark, token[0], line))
        elif mark or token["end"] is not None:
            wanted = closes.get(mark, token["end"])
            if not opened or opened[-1][0] != wanted:
                last = f"{opened[-1][1]} is open" if opened else "nothing is open"
                yield line, f"{token[0]} must close what was opened last, got it where {last}; open and close in turn"
                return
            opened.pop()
    for _, piece, line in opened[:1]:
        yield line, f"{piece} must be closed, got no end of it; write what closes it"


def _rows(tex):
    """Tags, rows and columns: a \\tag outside of environments, \\\\ and & inside."""
    depth, tags = 0, 0
    for token in TOKEN.finditer(re.sub(r"\\substack\{[^{}]*\}", lambda rows: re.sub(r"[^\n]", "x", rows[0]), tex)):
        line = _line(tex, token.start())
        depth += (token["begin"] is not None) - (token["end"] is not None)
        if token["macro"] == "tag":
            tags += 1
            if depth:
                yield line, r"\tag must stand outside of \begin and \end, got it inside; write it behind the last \end"
            elif tags == 2:
                yield line, r"a display must have one \tag, got two; write two displays"
        elif not depth and (token["escaped"] == "\\" or token["other"] == "&"):
            yield line, rf"{token[0]} must stand between \begin and \end, got it outside; write \begin{{aligned}} ... \end{{aligned}}"
