"""One training step and one recommendation by hand: a page a stage, plain words first, then the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.presenters.text import ACCENT, BOLD, QUIET, fit, line, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.content import Content

    from engine.snapshots import Function, Page, Sum, Term
    from engine.types import Movie


class Words(NamedTuple):
    """What a page is called and says."""

    title: str
    text: str


PAGES: dict[str, Words] = {
    "batch": Words("Three viewers", "A step of training looks at a few viewers at once (a batch). Here are three, with "
                   "the stars that they gave. The mean of each is under their ratings."),
    "centred": Words("What is left to explain", "Some movies get high stars from all, some viewers give high stars to "
                     "all. That is taken off first (biases). What is left of a rating is its residual: the network "
                     "learns nothing else."),
    "hidden": Words("A hidden unit", "Each unit adds up the ratings, each times a weight of the movie (encoder), over "
                    "the root of their number. Some ratings are hidden from it on purpose (dropout), so that it learns "
                    "to guess what it does not see; the others count a little more."),
    "prediction": Words("A guess for one movie", "Each unit times the movie's own weight for it (decoder), added up. "
                        "The weight has a part that comes from who rated the movie (implicit part)."),
    "error": Words("How wrong it is", "The guess less what the rating was. Below 0: too low; above 0: too high."),
    "loss": Words("The loss", "All errors of the three viewers, squared, on average. Training makes this number smaller. "
                  "It is not the error on ratings kept aside (validation RMSE): those are no part of it, and that one "
                  "is the root, in stars."),
    "gradient": Words("Which way to turn a weight", "How much the loss grows if a weight grows a little (gradient). For "
                      "a weight of the decoder: error times unit. For one of the encoder the errors come back through "
                      "the decoder first (backpropagation)."),
    "step": Words("The step", "Not the gradient itself is taken off, but its running mean over the root of the running "
                  "mean of its square (Adam), times a small rate; and the weight is drawn towards 0 (weight decay)."),
    "after": Words("Was it any good?", "The loss of the same three viewers after the step, less that before it. Below 0: "
                   "they are understood a little better."),
    "layers": Words("Through the layers", "Each unit adds up what lies below it, each times a weight, and a constant "
                    "(bias). What is below 0 becomes 0 (ReLU). This is the strongest unit of each layer, from the "
                    "ratings up."),
    "output": Words("A guess for one movie", "The last units, each times the movie's weight, squeezed between 0 and 1 "
                    "(sigmoid). Times five these are stars."),
    "loss_all": Words("The loss", "All differences, squared, on average: over every movie of the catalogue, a 0 standing "
                      "for every movie that was not rated. So most of this number is about what nobody saw. It is not "
                      "the error on ratings kept aside (validation RMSE)."),
    "gradient_study": Words("Which way to turn a weight", "How much the loss grows if the weight grows a little "
                            "(gradient): error times the slope of the sigmoid, o (1 - o), times the unit below. Weights "
                            "of lower layers get theirs through this one (backpropagation)."),
    "step_study": Words("The step", "The gradient times a rate is taken off the weight (gradient descent)."),
    "history": Words("What you rated", "Your list begins with your ratings; their mean is under them."),
    "choice": Words("Would you choose it?", "Each of your ratings, by how much you liked the movie, times how much that "
                    "movie speaks for the first of your list (EDLAE). The sum is its choice score."),
    "stars": Words("Would you like it?", "Its predicted stars, part by part; the part Network of the lab shows them as "
                   "bars."),
    "relevance": Words("Both together", "The place in the list comes from the chance that you choose it times how much "
                       "you would like it (relevance). As logarithms the two are added; how well known it is anyway "
                       "takes some of it back."),
    "left_out": Words("What is left out", "Movies that you rated don't come again."),
    "sorted": Words("Sorted", "All others by relevance, best first."),
    "diversity": Words("Other genres", "Each place takes the movie that gains most: its score, from 0 to 1, and what it "
                       "adds to the variety of those before it, weighed by your strength of diversity."),
    "list": Words("Your list", "With their predicted stars; the mean is under them."),
}  # fmt: skip
"""In words, by the engine's name of the stage."""
_SUMS = {
    "mean_stars": "mean stars", "viewer_bias": "viewer bias", "residual": "residual", "unit": "unit {index}",
    "hidden_by_dropout": "share hidden", "decoder_weight": "weight of unit {index}", "prediction": "guess",
    "error": "error", "loss": "loss", "decoder_gradient": "gradient, decoder, unit {index}",
    "unit_slope": "slope of unit {index}", "encoder_gradient": "gradient, encoder, unit {index}",
    "momentum": "running mean", "variance": "running mean of squares", "root": "its root", "direction": "direction",
    "new_weight": "new weight", "change": "change of the loss", "layer_unit": "unit {index}", "output": "output",
    "output_gradient": "gradient, unit {index}", "no_history": "nothing yet", "choice": "choice score",
    "stars": "predicted stars", "log_choice": "its logarithm", "utility": "worth of the stars", "relevance": "relevance",
    "unseen": "movies left", "best": "highest", "pick": "place {place}", "list_stars": "mean predicted stars",
}  # fmt: skip
_TERMS = {
    "stars": "stars", "mean": "everybody's mean", "movie": "movie bias", "viewer": "viewer bias",
    "hidden_ratings": "ratings hidden", "residual_weight": "residual", "rated_weight": "was rated", "own": "own weight",
    "implicit": "implicit part", "predicted": "guess", "residual": "residual", "old": "so far", "new": "this gradient",
    "variance": "mean of squares", "momentum": "running mean", "weight": "weight", "moved": "rate × direction",
    "decay": "rate × decay × weight", "loss_after": "loss after", "loss_before": "loss before", "bias": "bias",
    "output": "output", "input": "stars / 5", "popularity_and_features": "popularity, features", "choice": "choice",
    "noise": "noise", "fame": "how well known", "liking": "stars in the choice", "utility": "worth of the stars",
    "movies": "in the catalogue", "rated": "rated", "score": "score", "variety": "variety", "decoder": "decoder",
    "network": "network", "silent": "units at 0", "units": "last hidden units", "neighbours": "neighbours", "features": "features",
    "range": "clipping",
}  # fmt: skip
_FUNCTIONS: dict[Function, str] = {
    "": "", "relu": "max(·, 0)", "sigmoid": "1 / (1 + exp(−·))", "root": "√", "log": "log",
    "utility": "log softplus(· − 2.5)", "max": "largest",
}  # fmt: skip


def heading(chapter: str, pages: Sequence[Page], at: int, width: int) -> Content:
    """`Training step 3 of 9: A hidden unit`."""
    words = PAGES[pages[at].name]
    return fit(line((f"{chapter} {at + 1} of {len(pages)}: ", QUIET), (words.title, f"{BOLD} {ACCENT}")), width)


def page_lines(page: Page, movies: Mapping[int, Movie], width: int, *, yours: bool = True) -> list[Content]:
    """The words of a page, then its sums."""
    lines = [fit(line((piece, QUIET)), width) for piece in wrapped(PAGES[page.name].text, min(width, 100), 6)]
    lines.append(fit("", width))
    for each in page.sums:
        lines += [*_sum_lines(each, movies, width, yours=yours), fit("", width)]
    return lines[:-1]


def _sum_lines(each: Sum, movies: Mapping[int, Movie], width: int, *, yours: bool) -> list[Content]:
    """The terms above each other, a rule, the result."""
    room = min(width, 100)
    value = 14
    name = max(20, (room - value) // 2)
    factors = room - value - name
    lines = []
    for term in each.terms:
        product = "" if len(term.factors) < 2 else " × ".join(number(factor) for factor in term.factors)
        label = fit(line(_term_words(term, movies, yours=yours)), name)
        lines.append(line(label, (f"{product:>{factors}}", QUIET), f"{number(term.value):>{value}}"))
    if each.n_rest:
        rest = fit(line((f"{each.n_rest:,} more", QUIET)), name)
        lines.append(line(rest, " " * factors, (f"{number(each.rest):>{value}}", QUIET)))
    over = "" if each.over == 1 else f" / {number(each.over)}"
    how = f"{_FUNCTIONS[each.function]}{over}".strip()
    label = line((_sum_words(each, movies, yours=yours), BOLD))
    result = line((fit(label, name)), (f"{how:>{factors}}", QUIET), (f"{number(each.value):>{value}}", BOLD))
    if len(lines) > 1:
        lines.append(line(" " * (name + factors), ("─" * value, QUIET)))
    return [fit(made, width) for made in (*lines, result)]


def _term_words(term: Term, movies: Mapping[int, Movie], *, yours: bool) -> str:
    title = _title(term.movie_id, movies)
    if term.name.startswith("viewer "):
        return _viewer_words(int(term.name.removeprefix("viewer ")), yours=yours)
    words = _TERMS.get(term.name, term.name)
    return f"{words}, {title}" if words and title else words or title


def _sum_words(each: Sum, movies: Mapping[int, Movie], *, yours: bool) -> str:
    place = None if each.index is None else each.index + 1
    words = _SUMS[each.name].format(index=each.index, place=place)
    if each.name == "mean_stars" and each.index is not None:
        return f"{words}, {_viewer_words(each.index, yours=yours)}"
    title = _title(each.movie_id, movies)
    return f"{words}, {title}" if title else words


def _viewer_words(number: int, *, yours: bool) -> str:
    return "you" if number == 0 and yours else f"viewer {number + 1}"


def _title(movie_id: int | None, movies: Mapping[int, Movie]) -> str:
    if movie_id is None:
        return ""
    return movies[movie_id].title if movie_id in movies else f"movie {movie_id}"


def number(value: float) -> str:
    """Four digits that count, whatever the size: 0.6898, -0.00004312, 1,682."""
    if value == 0 or not abs(value) < float("inf"):
        return "0" if value == 0 else str(value)
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}"
    if abs(value) >= 1e-4:
        digits = max(0, 4 - len(str(int(abs(value))))) if abs(value) >= 1 else 4 + _zeros(value)
        return f"{value:,.{digits}f}"
    return f"{value:.3e}"


def _zeros(value: float) -> int:
    """Zeros behind the point before the first digit that counts."""
    zeros = 0
    while abs(value) * 10 ** (zeros + 1) < 1:
        zeros += 1
    return zeros
