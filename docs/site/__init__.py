"""The site: pages of the repository, and those generated from contract, evidence and records.

`staging` brings the Markdown pages of the repository into one folder, `pages` adds the generated
ones, `build` runs Sphinx on them and `links` follows every link of the result.
"""
