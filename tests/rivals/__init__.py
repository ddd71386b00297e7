"""Other readers of LDIF, each installed apart: two packages bear the module name `ldif`.

environments  installs one of them into a folder
reading       runs within it: reads a file, prints its entries, or how long that took
differences   where they differ from us on the nasty files, and who is right by RFC 2849
"""
