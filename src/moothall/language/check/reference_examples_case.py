"""The examples of docs/language.md for what comes after the form (see `reference_examples`)."""

from __future__ import annotations

from moothall.language.check.reference_examples import FORM, Piece

CASE: dict[str, tuple[Piece, ...]] = {
    "WorkOutSpec": (
        Piece(
            """\
work_out:
  heavy: any(items, kind is fridge)
  total: {type: money, is: 12.50 * count(items), label: Price of the collection}
  garden_price: {table: local.prices}
""",
            ("work_out.total", "work_out.garden_price"),
        ),
    ),
    "TableRow": (
        Piece(
            """\
work_out:
  permit_price:
    type: money
    table:
      - {bin: garden, cars: 0, is: 45.00}
      - {bin: [refuse, food], cars: 1 to 2, is: 60.00}
      - {when: agreed and cars > 5, is: 90.00}
      - {otherwise: 75.00}
""",
            ("work_out.permit_price.table.2", "work_out.permit_price.table.1"),
        ),
    ),
    "FeeSpec": (
        Piece(
            """\
fee:
  amount: price
  label: Bulky waste collection
  taken: on approval
  state: booked
  waived_when: cars == 0
  by_phone: true
  vat: outside the scope
  refund: {close: all}
  refund_says: We pay back everything if we do not come.
  abandoned_after: {hours: 24}
  if_slot_lost: refund
""",
            ("fee",),
        ),
        Piece(
            """\
fee:
  lines:
    - {label: Collection, amount: 10.00}
    - {label: Each fridge, amount: "15.00 * sum(items, number)", when: "any(items, kind is fridge)"}
""",
            ("fee",),
        ),
    ),
    "FeeLine": (
        Piece(
            """\
fee:
  lines:
    - {label: Collection, amount: 10.00}
    - {label: Garden bin, amount: 5.00, when: bin is garden}
""",
            ("fee.lines.1",),
        ),
    ),
    "Duration": (
        Piece("case: {clock: {finish_within: {working_days: 3}}}\n", ("case.clock.finish_within",)),
        Piece("case: {clock: {finish_within: {days: 10}}}\n", ("case.clock.finish_within",)),
        Piece("case: {clock: {finish_within: {weeks: 2}}}\n", ("case.clock.finish_within",)),
        Piece("case: {clock: {finish_within: {months: 6}}}\n", ("case.clock.finish_within",)),
        Piece("case: {clock: {finish_within: {years: 1}}}\n", ("case.clock.finish_within",)),
        Piece("case: {clock: {finish_within: {hours: 48}}}\n", ("case.clock.finish_within",)),
        Piece(
            "case: {clock: {finish_within: {working_hours: 4}}}\n", ("case.clock.finish_within",)
        ),
    ),
    "CaseSpec": (
        Piece(
            """\
case:
  starts: reported
  states:
    reported: Reported
    booked: Crew booked
    emptied: {label: Bin emptied, ends: done}
    closed: {label: Closed without a visit, ends: refused}
  moves:
    book_a_crew: {from: reported, to: booked, by: waste_team}
    bin_emptied: {from: booked, to: emptied, by: waste_crew}
    close: {from: [reported, booked], to: closed, by: waste_team, needs: ground}
  clock: {finish_within: {working_days: 3}}
  ask:
    - ask: ground
      type: choose one
      label: Why do we not come?
      options: {not_out: The bin was not out, too_late: The report came too late}
""",
            ("case",),
        ),
    ),
    "StateSpec": (
        Piece(
            """\
case:
  states:
    waiting:
      label: We need more from you
      say: Please send us a photo. We go on when we have it.
      clock: paused
      waits_for: applicant
      expires: {after: {days: 28}, move: give_up}
    given_up: {label: Closed with no reply, ends: expired}
  moves:
    ask_for_photo: {from: reported, to: waiting, by: waste_team, needs: message}
    send_photo: {from: waiting, to: reported, by: applicant, needs: photo}
    give_up: {from: waiting, to: given_up, by: clock}
""",
            ("case.states.waiting", "case.states.given_up"),
        ),
    ),
    "Expires": (
        Piece(
            """\
case:
  states:
    held: {label: On hold, expires: {after: {days: 28}, move: give_up}}
  moves:
    hold: {from: reported, to: held, by: waste_team}
    give_up: {from: held, to: closed, by: clock}
""",
            ("case.states.held.expires",),
        ),
        Piece(
            """\
case:
  states:
    issued: {label: Permit issued, expires: {on: "add_months(started, 12)", move: run_out}}
  moves:
    issue: {from: reported, to: issued, by: waste_team}
    run_out: {from: issued, to: closed, by: clock}
""",
            ("case.states.issued.expires",),
        ),
    ),
    "MoveSpec": (
        Piece(
            """\
case:
  moves:
    close_late:
      label: Close without a visit
      from: [reported, booked]
      to: closed
      by: [waste_team, waste_crew]
      when: working_days(started, today) > 5
      needs: [reason, message]
      offline: true
""",
            ("case.moves.close_late",),
        ),
    ),
    "ClockSpec": (
        Piece(
            """\
case:
  clock:
    finish_within: {working_days: local.return_within}
    calendar: england-and-wales
    day_zero: the day it starts
    cut_off: "16:00"
    working_hours: {from: "09:00", to: "17:00"}
    warn_at: 75%
    urgent: {when: bin is food, finish_within: {working_days: 1}, why: Food waste smells.}
""",
            ("case.clock",),
        ),
    ),
    "WorkingHours": (
        Piece(
            """\
case:
  clock:
    finish_within: {working_hours: 4}
    working_hours: {from: "08:00", to: "18:00"}
""",
            ("case.clock.working_hours",),
        ),
    ),
    "Urgent": (
        Piece(
            """\
case:
  clock:
    finish_within: {working_days: 3}
    urgent: {when: bin is food, finish_within: {working_days: 1}, why: Food waste smells.}
""",
            ("case.clock.urgent",),
        ),
    ),
    "TellSpec": (
        Piece(
            """\
tell:
  received:
    to: applicant
    when: starts
    by: [email, text]
    subject: We have your report ({reference})
    say: We will come back by {finish_by}. You have {count(items)} {plural(count(items), one="thing", other="things")} for us.
    only_if: bin is not food
""",
            ("tell.received",),
        ),
    ),
    "TellWhen": (
        Piece(
            """\
case:
  states:
    held: {label: On hold, expires: {after: {days: 28}, move: give_up}}
  moves:
    hold: {from: reported, to: held, by: waste_team}
    give_up: {from: held, to: closed, by: clock}
tell:
  first: {to: applicant, when: {starts: true}, by: text, say: We have your report.}
  booked: {to: applicant, when: {state: booked}, by: text, say: A crew is coming.}
  closing: {to: applicant, when: {move: close}, by: text, say: We have closed your report.}
  late: {to: waste_team, when: {clock: 75%}, by: text, say: "{reference} is nearly late."}
  soon: {to: applicant, when: {days_before_expiry: 7}, by: text, say: Please reply in a week.}
""",
            (
                "tell.first.when",
                "tell.booked.when",
                "tell.closing.when",
                "tell.late.when",
                "tell.soon.when",
            ),
        ),
    ),
    "AccessSpec": (
        Piece(
            """\
access:
  teams:
    waste_team: {sees: all}
    waste_crew: {sees: [address, bin]}
  nobody_but: {income: waste_team}
  log_reads: true
  parties: {applicant: {label: The person who told us, name: full_name, email: email}}
""",
            ("access",),
        ),
    ),
    "TeamAccess": (
        Piece(
            """\
access:
  teams:
    waste_crew: {sees: [address, bin, items], moves: bin_emptied, rows: [own_team, allocated]}
    councillor: {sees: [bin, missed_on], rows: own_ward}
""",
            ("access.teams.waste_crew",),
        ),
    ),
    "Party": (
        Piece(
            """\
access:
  parties:
    applicant: {label: The person who asks, name: full_name}
    agent:
      label: Someone who speaks for them
      name: full_name
      email: email
      phone: phone
      address: address
      speaks_for: applicant
      when: agreed
""",
            ("access.parties.agent",),
        ),
    ),
    "DataSpec": (
        Piece(
            """\
data:
  lawful_basis: public task
  keep: 6 years after end
  then: delete
  publish: {dataset: missed-bins, columns: {month: month(started), bin: bin}}
""",
            ("data",),
        ),
    ),
    "PublishSpec": (
        Piece(
            """\
data:
  publish:
    dataset: missed-bins
    every: month
    columns:
      month: month(started)
      ward: ward(address)
      people: band(people, 2, 4, 6)
      result: state
      notes: never
    disclosure: counts
    threshold: 5
""",
            ("data.publish",),
        ),
    ),
    "PlaceSpec": (
        Piece("place: {answer: address, public: false, duplicates_within: 50}\n", ("place",)),
    ),
    "Open311Spec": (
        Piece(
            """\
open311:
  code: missed-bin
  group: Waste
  keywords: [bin, rubbish]
  order: 3
  states: {emptied: {status: closed, extended: fixed}}
""",
            ("open311",),
        ),
    ),
    "Open311State": (
        Piece(
            "open311: {code: missed-bin, states: {booked: {status: open, extended: in progress}}}\n",
            ("open311.states.booked",),
        ),
    ),
    "FollowsSpec": (
        Piece(
            "follows: {service: missed_bin, prefill: {address: address, bin: bin}}\n", ("follows",)
        ),
    ),
    "ExampleSpec": (
        Piece(
            """\
examples:
  - name: Reported late, and the crew comes back
    today: 2026-03-11
    at: "16:30"
    holidays: [2026-03-17]
    local: {return_within: 5}
    answers:
      address: "uprn:990000000001"
      bin: refuse
      missed_on: 2026-03-10
      income: 1200.50
      items: [{kind: sofa, number: 1}]
    fakes: {waste.last_collection: {due_on: 2026-03-10, crew_note: none}}
    moves: [book_a_crew, bin_emptied]
    expect: {state: emptied}
""",
            ("examples.0",),
        ),
    ),
    "ExampleMove": (
        Piece(
            """\
examples:
  - name: The crew comes the next day
    today: 2026-03-11
    moves:
      - book_a_crew
      - move: close
        by: waste_team
        on: 2026-03-12
        answers: {notes: The gate was locked}
        reason: The gate was locked
        message: We could not get in. Please report it again when the gate is open.
    expect: {state: closed}
""",
            ("examples.0.moves.1",),
        ),
    ),
    "Expect": (
        Piece(
            """\
tell:
  received: {to: applicant, when: starts, by: email, subject: We have it, say: Thank you.}
examples:
  - name: All that can be expected
    today: 2026-03-11
    expect:
      asked: [address, bin]
      state: emptied
      fee: 12.50
      sent: [received]
      finish_by: 2026-03-16
      urgent: false
      work_out: {price: 12.50}
      published: {bin: refuse}
""",
            ("examples.0.expect",),
        ),
        Piece(
            """\
pages:
  - {stop: too_late, when: "days(missed_on, today) > 7", title: It is too late, say: Please ring us.}
examples:
  - name: A stop
    today: 2026-03-11
    answers: {missed_on: 2026-01-10}
    expect: {stop: too_late}
""",
            ("examples.0.expect",),
        ),
    ),
    "OverlayFile": (
        Piece(
            """\
moothall: 1
uses: missed_bin@1.0
local: {return_within: 2}
teams: {waste_crew: street_crew}
text:
  pages.bin.label: Which of your bins did we miss?
channels: [online, phone]
""",
            ("",),
        ),
    ),
    "TranslationFile": (
        Piece(
            """\
moothall: 1
language: cy
service: missed_bin
text:
  name: Rhoi gwybod am fin a gollwyd
  pages.bin.label: {text: Pa fin a gollwyd?, of: 0f3c9a21}
""",
            ("",),
        ),
    ),
    "TranslatedText": (
        Piece(
            """\
moothall: 1
language: cy
service: missed_bin
text:
  pages.bin.label: {text: Pa fin a gollwyd?, of: 0f3c9a21}
""",
            ("text.pages.bin.label",),
        ),
    ),
}
"""By the name of the model whose keys they show: fee, case, messages, access, data and the rest."""
PIECES = {**FORM, **CASE}
