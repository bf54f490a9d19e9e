"""The chosen subject, held when somebody else comes in.

    key frame, alpha ─reduced→ regions ┬ nobody knows it ──────────────────→ newcomer, or the subject again ┐
                                       ├ one belief explains it ───────────→ the subject's, or others' ─────┤
    beliefs, flow ─carry→ beliefs here ┴ both do ─odds, smooth, tidy→ each pixel's ─────────────────────────┤
                                                                                                            │
    alpha of the subject ←take_away─ who is where ←─────────────────────────────────────────────────────────┤
    beliefs, colours, size for the next key frame ←learn────────────────────────────────────────────────────┘

`hold` decides, and everything it knows is in `Held`; `choice` says who the subject is at the start, `regions` what
hangs together, `appearance` whose colours a pixel has, `carry` what the flow brings, `split` parts two in one region,
`room` says how close key frames must be for that.
"""
