"""What the room says itself, in English and in Welsh: the timeline, and the few messages of its own."""

from __future__ import annotations

from typing import Any

TEXTS: dict[str, dict[str, str]] = {
    "follow_link": {
        "en": "Follow it here: {link}",
        "cy": "Dilynwch hynt eich achos yma: {link}",
    },
    "feedback_link": {
        "en": "Tell us how we did: {link}",
        "cy": "Dywedwch wrthym sut wnaethom ni: {link}",
    },
    "slot_lost_subject": {
        "en": "Please choose another time ({reference})",
        "cy": "Dewiswch amser arall ({reference})",
    },
    "slot_lost": {
        "en": "We have your payment, but the time that you chose was taken while you were paying. "
        "We are sorry.\n\nPlease choose another time. You do not have to pay again.",
        "cy": "Mae eich taliad wedi'n cyrraedd, ond cafodd yr amser a ddewisoch ei gymryd wrth i chi "
        "dalu. Mae'n ddrwg gennym.\n\nDewiswch amser arall. Nid oes angen talu eto.",
    },
    "slot_refunded_subject": {
        "en": "Your money is on its way back ({reference})",
        "cy": "Mae eich arian ar ei ffordd yn ôl ({reference})",
    },
    "slot_refunded": {
        "en": "The time that you chose was taken while you were paying. We are sorry. "
        "We have paid all your money back to your card.",
        "cy": "Cafodd yr amser a ddewisoch ei gymryd wrth i chi dalu. Mae'n ddrwg gennym. "
        "Rydym wedi talu'ch holl arian yn ôl i'ch cerdyn.",
    },
    "missed_call_subject": {
        "en": "We tried to ring you ({reference})",
        "cy": "Ceisiom eich ffonio ({reference})",
    },
    "missed_call_no_answer": {
        "en": "You asked us to ring you. We tried 3 times and nobody answered.\n\n"
        "If you still want to talk to us, ask for another call on the page of your case.",
        "cy": "Gofynnoch i ni eich ffonio. Ceisiom 3 gwaith ond nid atebodd neb.\n\n"
        "Os ydych am siarad â ni o hyd, gofynnwch am alwad arall ar dudalen eich achos.",
    },
    "missed_call_wrong_number": {
        "en": "You asked us to ring you, but the number that we have does not work.\n\n"
        "If you still want to talk to us, ask for another call on the page of your case and check "
        "the number.",
        "cy": "Gofynnoch i ni eich ffonio, ond nid yw'r rhif sydd gennym yn gweithio.\n\n"
        "Os ydych am siarad â ni o hyd, gofynnwch am alwad arall ar dudalen eich achos a gwiriwch "
        "y rhif.",
    },
    "reopened_subject": {
        "en": "We have opened your case again ({reference})",
        "cy": "Rydym wedi ailagor eich achos ({reference})",
    },
    "reopened_body": {
        "en": "We have opened your case again: {service}. You do not have to do anything. "
        "We will tell you what happens.",
        "cy": "Rydym wedi ailagor eich achos: {service}. Nid oes angen i chi wneud dim. "
        "Byddwn yn dweud wrthych beth sy'n digwydd.",
    },
    "merged_subject": {
        "en": "We deal with your report together with another one ({reference})",
        "cy": "Rydym yn delio â'ch adroddiad ynghyd ag un arall ({reference})",
    },
    "merged_body": {
        "en": "Somebody else has told us about the same thing, so we deal with both together. "
        "You do not have to do anything. Go on following it with your own reference, {reference}. "
        "We will tell you what happens.",
        "cy": "Mae rhywun arall wedi rhoi gwybod am yr un peth, felly rydym yn delio â'r ddau gyda'i "
        "gilydd. Nid oes angen i chi wneud dim. Daliwch i'w ddilyn gyda'ch cyfeirnod eich hun, "
        "{reference}. Byddwn yn dweud wrthych beth sy'n digwydd.",
    },
    "unmerged_subject": {
        "en": "We deal with your report by itself ({reference})",
        "cy": "Rydym yn delio â'ch adroddiad ar ei ben ei hun ({reference})",
    },
    "unmerged_body": {
        "en": "We had put your report together with another one. They are not the same after all, so "
        "we deal with yours by itself again. You do not have to do anything.",
        "cy": "Roeddem wedi rhoi eich adroddiad gydag un arall. Nid yr un peth ydynt wedi'r cyfan, "
        "felly rydym yn delio â'ch un chi ar ei ben ei hun eto. Nid oes angen i chi wneud dim.",
    },
    "follower_subject": {
        "en": "What happens with your report ({reference})",
        "cy": "Beth sy'n digwydd gyda'ch adroddiad ({reference})",
    },
    "follower_body": {
        "en": "The report that we deal with together with yours is now: {state}.",
        "cy": "Mae'r adroddiad yr ydym yn delio ag ef ynghyd â'ch un chi nawr: {state}.",
    },
    "handed_over_told": {
        "en": "We have passed your request {old} to the right people. It is now: {service}. "
        "Your new reference is {reference}. You do not have to do anything.",
        "cy": "Rydym wedi trosglwyddo eich cais {old} i'r bobl iawn. Nawr mae'n: {service}. "
        "Eich cyfeirnod newydd yw {reference}. Nid oes angen i chi wneud dim.",
    },
    "handed_over_subject": {
        "en": "Your request has a new reference ({reference})",
        "cy": "Mae gan eich cais gyfeirnod newydd ({reference})",
    },
    "fee_more_subject": {
        "en": "There is £{pounds} more to pay ({reference})",
        "cy": "Mae £{pounds} yn fwy i'w dalu ({reference})",
    },
    "fee_more": {
        "en": "An answer in your request was put right, so the fee has changed. "
        "There is £{pounds} more to pay.",
        "cy": "Cafodd ateb yn eich cais ei gywiro, felly mae'r ffi wedi newid. "
        "Mae £{pounds} yn fwy i'w dalu.",
    },
    "state_merged": {
        "en": "Dealt with together with another report",
        "cy": "Yn cael ei drin ynghyd ag adroddiad arall",
    },
    "state_handed_over": {
        "en": "Passed to another service",
        "cy": "Wedi'i drosglwyddo i wasanaeth arall",
    },
    "merged": {"en": "Joined to {case} as a duplicate", "cy": "Wedi'i uno â {case}"},
    "merged_you": {
        "en": "We deal with it together with another report",
        "cy": "Rydym yn delio ag ef ynghyd ag adroddiad arall",
    },
    "unmerged": {"en": "Taken apart from {case}", "cy": "Wedi'i wahanu oddi wrth {case}"},
    "unmerged_you": {
        "en": "We deal with it by itself again",
        "cy": "Rydym yn delio ag ef ar ei ben ei hun eto",
    },
    "joined": {"en": "{case} was joined as a duplicate", "cy": "Unwyd {case}"},
    "parted": {"en": "{case} was taken out again", "cy": "Gwahanwyd {case}"},
    "follower_wrote": {
        "en": "Somebody who follows this case wrote: see {case}",
        "cy": "Ysgrifennodd rhywun sy'n dilyn yr achos: gweler {case}",
    },
    "handed_over": {
        "en": "Handed over to “{service}”: now {case}",
        "cy": "Trosglwyddwyd i “{service}”: nawr {case}",
    },
    "handed_over_you": {
        "en": "Passed on: your new reference is {case}",
        "cy": "Wedi'i drosglwyddo: eich cyfeirnod newydd yw {case}",
    },
    "team_changed": {"en": "Given to the team “{team}”", "cy": "Wedi'i roi i dîm “{team}”"},
    "reopened": {"en": "Opened again: now “{state}”", "cy": "Wedi'i ailagor: nawr “{state}”"},
    "reopened_you": {"en": "Opened again", "cy": "Wedi'i ailagor"},
    "task_set": {"en": "Task for {name}", "cy": "Tasg i {name}"},
    "task_set_by": {"en": "Task for {name}, by {day}", "cy": "Tasg i {name}, erbyn {day}"},
    "task_done": {"en": "Task done", "cy": "Tasg wedi'i chwblhau"},
    "task_cancelled": {"en": "Task cancelled", "cy": "Tasg wedi'i chanslo"},
    "call_back_asked": {
        "en": "Call back asked for, by {day}",
        "cy": "Gofynnwyd am alwad yn ôl, erbyn {day}",
    },
    "call_back_asked_you": {
        "en": "You asked for a call, by {day}",
        "cy": "Gofynnoch am alwad, erbyn {day}",
    },
    "payer_asked": {
        "en": "Somebody else was asked to pay, by {day}",
        "cy": "Gofynnwyd i rywun arall dalu, erbyn {day}",
    },
    "payer_asked_you": {
        "en": "You asked somebody else to pay, by {day}",
        "cy": "Gofynnoch i rywun arall dalu, erbyn {day}",
    },
    "payer_somebody": {"en": "Somebody", "cy": "Rhywun"},
    "payer_subject": {
        "en": "{asker} asks you to pay for: {service}",
        "cy": "Mae {asker} yn gofyn i chi dalu am: {service}",
    },
    "payer_body": {
        "en": (
            "Hello {name},\n\n"
            "{asker} has asked {council} for this, and asks you to pay for it: {service}. "
            "It costs £{pounds}. The reference is {reference}.\n\n"
            "If you want to pay, use this link: {link}\n\n"
            "It works until {day}. You do not have to pay. If you do not know {asker}, do nothing. "
            "We never ask for card details in an email."
        ),
        "cy": (
            "Helo {name},\n\n"
            "Mae {asker} wedi gofyn i {council} am hyn, ac yn gofyn i chi dalu amdano: {service}. "
            "Mae'n costio £{pounds}. Y cyfeirnod yw {reference}.\n\n"
            "Os ydych am dalu, defnyddiwch y ddolen hon: {link}\n\n"
            "Mae'n gweithio tan {day}. Nid oes rhaid i chi dalu. Os nad ydych yn adnabod {asker}, "
            "peidiwch â gwneud dim. Nid ydym byth yn gofyn am fanylion cerdyn mewn e-bost."
        ),
    },
    "held": {"en": "Legal hold placed", "cy": "Gosodwyd ataliad cyfreithiol"},
    "released": {"en": "Legal hold lifted", "cy": "Codwyd yr ataliad cyfreithiol"},
    "call_reached": {"en": "Rang and spoke to them", "cy": "Ffoniwyd a siaradwyd â nhw"},
    "call_no_answer": {"en": "Rang: no answer", "cy": "Ffoniwyd: dim ateb"},
    "call_wrong_number": {"en": "Rang: the number is wrong", "cy": "Ffoniwyd: rhif anghywir"},
    "call_tried_you": {"en": "We rang you", "cy": "Fe'ch ffoniwyd"},
    "fee_changed": {
        "en": "The fee is now £{pounds} (it was £{was})",
        "cy": "Y ffi nawr yw £{pounds} (roedd yn £{was})",
    },
    "state_unpaid": {"en": "Waiting for payment", "cy": "Aros am daliad"},
    "state_lapsed": {"en": "Not paid for, closed", "cy": "Heb ei dalu, wedi cau"},
    "no_answer": {"en": "No answer", "cy": "Dim ateb"},
    "erased": {"en": "Erased", "cy": "Wedi'i ddileu"},
    "council": {"en": "The council", "cy": "Y cyngor"},
    "you": {"en": "You", "cy": "Chi"},
    "applicant": {"en": "The applicant", "cy": "Yr ymgeisydd"},
    "money_none": {"en": "Nothing to pay", "cy": "Dim i'w dalu"},
    "money_due": {"en": "£{pounds} to pay", "cy": "£{pounds} i'w dalu"},
    "money_paid": {"en": "£{pounds} paid", "cy": "£{pounds} wedi'i dalu"},
    "money_part_refunded": {
        "en": "£{pounds} paid, £{back} paid back",
        "cy": "£{pounds} wedi'i dalu, £{back} wedi'i ad-dalu",
    },
    "money_refunded": {"en": "£{back} paid back", "cy": "£{back} wedi'i ad-dalu"},
    "money_waived": {"en": "No fee in this case", "cy": "Dim ffi yn yr achos hwn"},
    "opened": {"en": "Request received", "cy": "Cais wedi dod i law"},
    "opened_unpaid": {
        "en": "Request received, waiting for payment",
        "cy": "Cais wedi dod i law, aros am daliad",
    },
    "opened_staff": {"en": "Case opened by {channel}", "cy": "Achos wedi'i agor drwy {channel}"},
    "started": {"en": "Work can start", "cy": "Gall y gwaith ddechrau"},
    "started_by": {
        "en": "Work can start, to be finished by {day}",
        "cy": "Gall y gwaith ddechrau, i'w orffen erbyn {day}",
    },
    "moved": {"en": "{state}", "cy": "{state}"},
    "moved_staff": {"en": "{move}: now “{state}”", "cy": "{move}: nawr “{state}”"},
    "assigned": {"en": "Assigned to {name}", "cy": "Wedi'i roi i {name}"},
    "assigned_nobody": {"en": "Assigned to nobody", "cy": "Heb ei roi i neb"},
    "noted": {"en": "Note", "cy": "Nodyn"},
    "message_queued": {
        "en": "{means} to {audience}: {subject}",
        "cy": "{means} at {audience}: {subject}",
    },
    "message_queued_you": {"en": "We sent you: {subject}", "cy": "Anfonom atoch: {subject}"},
    "message_sent": {"en": "Message sent", "cy": "Neges wedi'i hanfon"},
    "message_delivered": {"en": "Message delivered", "cy": "Neges wedi cyrraedd"},
    "message_failed": {
        "en": "A message could not be delivered",
        "cy": "Ni ellid danfon neges",
    },
    "message_received": {"en": "Message received", "cy": "Neges wedi dod i law"},
    "message_received_you": {"en": "You sent a message", "cy": "Anfonoch neges"},
    "files_received": {"en": "{n} files received", "cy": "{n} ffeil wedi dod i law"},
    "payment_started": {
        "en": "Payment of £{pounds} started",
        "cy": "Taliad o £{pounds} wedi'i gychwyn",
    },
    "payment_failed": {
        "en": "Payment of £{pounds} was not made",
        "cy": "Ni wnaed y taliad o £{pounds}",
    },
    "paid": {"en": "£{pounds} paid", "cy": "£{pounds} wedi'i dalu"},
    "fee_due": {"en": "A fee of £{pounds} is due", "cy": "Mae ffi o £{pounds} yn ddyledus"},
    "fee_waived": {"en": "No fee in this case", "cy": "Dim ffi yn yr achos hwn"},
    "refunded": {"en": "£{pounds} to be paid back", "cy": "£{pounds} i'w ad-dalu"},
    "refund_failed": {
        "en": "Paying back £{pounds} failed: a person must look",
        "cy": "Methodd ad-dalu £{pounds}: rhaid i rywun edrych",
    },
    "booked": {"en": "Time booked: {when}", "cy": "Amser wedi'i drefnu: {when}"},
    "time_lost": {"en": "The chosen time was taken", "cy": "Cafodd yr amser ei gymryd"},
    "warned": {"en": "Due {day}: time is running out", "cy": "I'w orffen {day}: mae amser yn brin"},
    "breached": {
        "en": "Not finished by {day}, as promised",
        "cy": "Heb ei orffen erbyn {day}, fel yr addawyd",
    },
    "reminded": {"en": "Reminder due", "cy": "Nodyn atgoffa"},
    "expired": {"en": "The time for this step ran out", "cy": "Daeth amser y cam hwn i ben"},
    "lapsed": {"en": "Closed: the payment never came", "cy": "Wedi cau: ni ddaeth y taliad"},
    "corrected": {"en": "Answer put right: {question}", "cy": "Ateb wedi'i gywiro: {question}"},
    "redacted": {"en": "Details erased", "cy": "Manylion wedi'u dileu"},
    "restricted": {
        "en": "Only named people may see this now",
        "cy": "Dim ond pobl benodol all weld hwn",
    },
    "unrestricted": {"en": "No longer restricted", "cy": "Heb gyfyngiad mwyach"},
    "anonymised": {
        "en": "Personal details erased: kept long enough",
        "cy": "Manylion personol wedi'u dileu: wedi'u cadw'n ddigon hir",
    },
    "answered": {"en": "Answers given", "cy": "Atebion wedi'u rhoi"},
    "email": {"en": "Email", "cy": "E-bost"},
    "text": {"en": "Text", "cy": "Neges destun"},
    "letter": {"en": "Letter", "cy": "Llythyr"},
    "online": {"en": "online form", "cy": "ffurflen ar-lein"},
    "phone": {"en": "phone", "cy": "ffôn"},
    "desk": {"en": "the desk", "cy": "y ddesg"},
    "field": {"en": "field worker", "cy": "gweithiwr maes"},
    "api": {"en": "another system", "cy": "system arall"},
}

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "cy": "Ionawr Chwefror Mawrth Ebrill Mai Mehefin Gorffennaf Awst Medi Hydref Tachwedd Rhagfyr",
}


def say(key: str, lang: str, **values: Any) -> str:
    """The words for `key`, in `lang` or else English, with `values` put in."""
    texts = TEXTS[key]
    return texts.get(lang, texts["en"]).format(**values)


def day(at: Any, lang: str) -> str:
    """A day in words: 16 March 2026, 16 Mawrth 2026."""
    months = _MONTHS.get(lang, _MONTHS["en"]).split()
    return f"{at.day} {months[at.month - 1]} {at.year}"
