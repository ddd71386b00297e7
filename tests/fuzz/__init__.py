"""Files made and mutated to break the readers; judges that share no code with them account for every byte.

inputs       records, entries, and nasty files with bytes changed, as hypothesis draws them
csv_judge    splits CSV character by character, and holds rows and rejects against that
ldif_judge   splits LDIF line by line, likewise
judging      reads bytes as `read_export` does and asks the judge of their format
__main__     atheris, which is guided by coverage, for as long as it is told: the second half of `make fuzz`
"""
