"""`python -m brushwork`."""

from brushwork.cli import main

main()
