"""A page of a million videos within 20 ms: change only with the benchmark, bench/gallery_pages.py.

    search_text  what people type → words and the beginning of one, in lower case and without accents
    page_sql     what is asked of a list → the parts of its SQL
    find_page    the ways to a page: plain, walk, index, buckets

docs/gallery-queries.md has the indexes, the query plans and the figures. Run `python -m
bench.gallery_pages` before and after a change; it takes minutes, and exits 1 where a page is slow
or wrong.
"""
