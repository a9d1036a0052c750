"""Are the tests of money any good? Small bugs are put into the code, one at a time, and each is
to be noticed. `make mutants` runs it; docs/testing.md has what came of it."""
