"""Write numbers for people: counts with nouns, and probabilities never as certain or with digits they do not bear."""


def count_things(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun, whose plural is `many`, or `one` with an s.

    >>> count_things(1, "entry", "entries"), count_things(2000, "receipt")
    ('1 entry', '2,000 receipts')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def format_probability(probability: float, digits: int = 4) -> str:
    """Return a probability in so many digits, and a bound where they would say 0 or 1: `> 0.9999`, `< 0.0001`."""
    step = 10.0**-digits
    if probability < step / 2:
        return f"< {step:.{digits}f}"
    if probability >= 1 - step / 2:
        return f"> {1 - step:.{digits}f}"
    return f"{probability:.{digits}f}"


def format_percentage(share: float, digits: int = 3) -> str:
    """Return a probability in percent, and a bound where the digits would say 0 or 100: `> 99.999 %`."""
    step = 10.0**-digits
    if share * 100 < step / 2:
        return f"< {step:.{digits}f} %"
    if share * 100 >= 100 - step / 2:
        return f"> {100 - step:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


def format_p_value(p: float) -> str:
    """Return a p-value in few digits, with `p =` or `p <`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.0995 else f"p = {p:.2f}"
