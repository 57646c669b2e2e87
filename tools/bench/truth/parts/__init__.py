"""The parts of the benchmark `truth`, one file each.

Each has PROJECTS (its usual number) and run(projects, seed), as in truth.part.Part.
"""
