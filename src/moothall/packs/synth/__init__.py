"""Made-up cases for a council of any size: `moothall synth`. See docs/size.md.

A few stories of each service are played once through the real actions, in a transaction that is rolled
back (`rehearsal`). What they wrote is cut into stencils (`stencil`): the rows as text with holes for
person, place, day and reference. Each made-up case fills the holes of one (`filling`) and is sealed anew,
so that its ledger verifies. Who asks for what on which day is worked out from one seed (`days`).
It stands above every room, like packs.demo, and no room imports it.
"""
