"""`python -m kartoteka` is the command `kartoteka`."""

from kartoteka.cli.main import main

if __name__ == "__main__":
    main(prog_name="kartoteka")
