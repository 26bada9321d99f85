"""Who is in front of the camera: from a passport number to a holder, one value after the other.

document     ─ read                          what was typed: a number, or the machine readable zone
confusable   ─ in_zone, in_number            characters that look alike, where check digits decide
photographed ─ DataPageReader                the zone from a photograph of the data page
chip         ─ authenticate                  a passport's chip: what its state signed
registry     ─ Registry, FileRegistry        the population register: who holds that passport, and the portrait
stored       ─ StoreRegistry                 the same in the database
matching     ─ FaceMatcher, ReviewMatcher    is it one face? 1:1 only
dlib_matcher ─ DlibMatcher                   the matcher that computes, in processes of its own
faces        ─ look, template, reference     what one such process does
picture      ─ decode                        hostile bytes to pixels, within bounds
quality      ─ hints                         what the person can do for a better picture
liveness     ─ issue, arrive, see, bind      basic challenge-response, not ISO/IEC 30107-3 tested
limits       ─ Counts                        how often may be tried
answers      ─ Started, Seen, Holder, …      what is told, and to whom
enrolment    ─ Enrolments                    the steps in their order, and nothing for strangers to learn
instant      ─ face_only                     when a face alone may issue
review       ─ hand_over, decide, claim      cases that two officers decide
desk         ─ propose, confirm              two officers before whom somebody stands
proxies      ─ wards, act_for, revoke        one who acts for another, until the end of it
clinic_code  ─ make, Codes                   codes on paper, and for a second device
photograph   ─ anew                          what people send, as a picture and nothing else
evaluation   ─ evaluate                      how often the matcher is wrong, over a folder of portraits
tradeoff     ─ plot                          the same as a drawing
"""
