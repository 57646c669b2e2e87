"""One file a part. Each has PROJECTS (its usual number) and run(projects, seed), as in truth.part.Part."""
