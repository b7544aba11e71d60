"""One module a widget: each shows what a presenter makes of the session, and passes on keys and clicks."""
