"""
Pages that need JavaScript, rendered by Chromium where it is installed (A12; decision 0026).

`renderers` holds browsers, `browser` starts one in a process that is kept within limits, `page` sees one page through,
`requests` gets what the page asks for, `protocol` is what is spoken.
"""
