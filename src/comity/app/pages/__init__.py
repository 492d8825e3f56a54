"""Pages: HTML and SVG for people, each module with its template in `templates/`.

Guarantees: a page is one file, without script, that fetches nothing; it says whether its data are synthetic.
Does not: open a home, a store or an index; what a page shows is passed in.
"""
