"""From facilities to certificates: who may vouch, what is signed, the log of it, and how it stops to count.

facilities   ─ propose, approve, suspend           who vouches for records, and who asks on their behalf
requests     ─ ask, preview, approve               nothing here can sign
composing    ─ compose                             from records to what a certificate says
limits       ─ check, alarms                       how much, in a day, of whom
certificates ─ issue_for, certificate_of_person    the one place that signs: once for each approved request
fitting      ─ groups                              in how many codes a certificate goes, before anything is signed
log          ─ hold, balance, checkpoint           entry n of a key's log is its signature n
proofs       ─ inclusion, consistency              what anybody can check of it, without us
revoking     ─ withdraw, distrust, standings       what no longer counts; the list that verifiers load
decoys       ─ published                           that list, with entries that are nobody's among them
recalling    ─ announce, reach, notices            a facility's period, or a lot, called back after a notice
jointly      ─ propose, confirm                    what takes two of the authority, and waits for the second
correcting   ─ supersede, leaked, renew_passport   the old one is replaced, the new one linked to it
oversight    ─ by_facility, by_key, counted        how much of each quota is used, and what was counted
eligibility  ─ Eligibility, ANYONE                 who may have a certificate at all
support      ─ write, answer                       help, without a word in public
"""
