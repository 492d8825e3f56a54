"""Pages: HTML and SVG for people, rendered from templates in `templates/`."""
