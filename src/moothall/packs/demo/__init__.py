"""The demonstration: a year of made-up cases, made through the actions that real ones go through.

Started by `moothall demo` and `moothall set_up` only. It stands above every room (it calls
`casework`), and no room imports it.
"""
