"""WHO's product identifiers of vaccines against the diseases of the international certificate, as plain tables.

Source: WHO SMART ICVP 0.3.0, value set ICVPProductIds (read in 2026-11; its list is drawn from WHO's prequalified and
emergency-listed vaccines). By disease (SNOMED CT), the identifier and a name to show. Combined vaccines with
inactivated poliovirus count against poliomyelitis.
"""

_YELLOW_FEVER = {
    "YellowFeverProductd2c75a15ed309658b3968519ddb31690": "Yellow fever, Chumakov, 2 doses",
    "YellowFeverProduct771d1a5c0acaee3e2dc9d56af1aba49d": "Yellow fever, Chumakov, 5 doses",
    "YellowFeverProducte929626497bdbb71adbe925f0c09c79f": "Yellow fever, Chumakov, 10 doses",
    "YellowFeverProduct01a3b83cf13e87948437db11cf5c34eb": "SinSaVac, 10 doses",
    "YellowFeverProductf82b015dfb3b1feeacd4c44d95b3b3ec": "Stabilized Yellow Fever Vaccine, Dakar, 5 doses",
    "YellowFeverProduct223330a7c15da86b21cc363f591de002": "Stabilized Yellow Fever Vaccine, Dakar, 10 doses",
    "YellowFeverProductffea8448252ee58b7a92add05f0c3431": "Stabilized Yellow Fever Vaccine, Dakar, 20 doses",
    "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0": "STAMARIL, 10 doses",
    "YellowFeverProductab01f006f8b24113f4a28cb50bfe6d9d": "Yellow fever, Bio-Manguinhos, 5 doses",
    "YellowFeverProduct5f0639d8e4d52afef089aa7148c5060c": "Yellow fever, Bio-Manguinhos, 10 doses",
    "YellowFeverProducte0534dbc71a6cc09f56dce25216c538c": "Yellow fever, Bio-Manguinhos, 50 doses",
}

_POLIOMYELITIS = {
    "PolioVaccineOralOPVTrivaProductfa4849f7532d522134f4102063af1617": "BIOPOLIO, 10 doses",
    "PolioVaccineOralOPVTrivaProduct4df3a93ab495d85b3583d0cd1ae3d83e": "BIOPOLIO, 20 doses",
    "PolioVaccineOralOPVBivalProduct16e883911ea0108b8213bc213c9972fe": "BIOPOLIO B1/3, 10 doses",
    "PolioVaccineOralOPVBivalProduct0e59118bc5938520115bac65a45be04d": "BIOPOLIO B1/3, 20 doses",
    "PolioVaccineOralOPVBivalProductb62fbc87532804be42afa8d9050ef452": "Bivalent OPV, Panacea, 10 doses",
    "PolioVaccineOralOPVBivalProduct02c099d69cd245e7fcd3280a96f1dccb": "Bivalent OPV, Panacea, 20 doses",
    "PolioVaccineOralOPVBivalProductdecf3a77facc0b8f1443db5f7a806857": "bOPV 1&3, Bio Farma, 10 doses",
    "PolioVaccineOralOPVBivalProduct10aa94cef126e62542c2c45dc3604c0b": "bOPV 1&3, Bio Farma, 20 doses",
    "PolioVaccineOralOPVBivalProduct26e6c50dfb385f223a12238dc6e202dd": "bOPV1&3, Haffkine, 20 doses",
    "PolioVaccineInactivatedSProduct0854d534a200bbeffa8be0f57dad584a": "Eupolio, 1 dose",
    "PolioVaccineInactivatedSProduct031f63df3184acdf0cb82f90f316b6c3": "Eupolio, 5 doses",
    "DiphtheriaTetanusPertussProductf4177b409d09d83e48630717437c5aea": "HEXASIIL, 1 dose",
    "DiphtheriaTetanusPertussProduct0e63b58e2976f385b77a9b5a356b68b5": "HEXASIIL, 10 doses",
    "DiphtheriaTetanusPertussProductd54558e2851d29311ee7f90975827dc7": "Hexaxim, 1 dose",
    "PolioVaccineInactivatedIProduct532ef986c8042bbb15fee24056fdc4ed": "IMOVAX POLIO, 10 doses",
    "PolioVaccineInactivatedIProduct087ff26057e89c006517428347dfbc3c": "IPV Vaccine AJV, 1 dose",
    "PolioVaccineOralOPVMonovProductcea74be2c728329aad7b9b33ae16a0b1": "mOPV1, Bio Farma, 20 doses",
    "PolioVaccineOralOPVMonovProductef716e2b9567223ce6c95b090480ecfe": "mOPV2, Bio Farma, 20 doses",
    "PolioVaccineOralOPVMonovProductae7e506ca48a3aa605b188cd11eaceab": "mOPV1, Haffkine, 20 doses",
    "PolioVaccineOralOPVMonovProductf6d840e9cf722a80b38d0be001f47caf": "mOPV2, Sanofi Pasteur, 20 doses",
    "PolioVaccineOralOPVTrivaProducte0bcdc085107751b3df34ad04620ac21": "tOPV, Bio Farma, 20 doses",
    "PolioVaccineInactivatedIProduct096d9e8c31e30cc1148311ee66359a50": "Picovax, 5 doses",
    "PolioVaccineOralOPVMonovProduct7d442364610244382098e1c4a3ba54c3": "Polio Sabin Mono T1, 10 doses",
    "PolioVaccineOralOPVMonovProduct4580ab03228ed6c70bb6c117b408f7e5": "Polio Sabin Mono T1, 20 doses",
    "PolioVaccineOralOPVMonovProduct7a252b223173567f21721ee15a36f057": "Polio Sabin Mono Three, 10 doses",
    "PolioVaccineOralOPVMonovProductf22fcdfa611173d0afbce56d49867530": "Polio Sabin Mono Three, 20 doses",
    "PolioVaccineOralOPVMonovProduct1b2bdb769d38e0b45eb60707ff9a36cb": "Polio Sabin Mono Two, 10 doses",
    "PolioVaccineOralOPVMonovProductb4755cab194f57a5fecc8d890856bbdf": "Polio Sabin Mono Two, 20 doses",
    "PolioVaccineOralOPVBivalProduct14c88c2e9b35698b4726903940c58037": "Polio Sabin One and Three, 10 doses",
    "PolioVaccineOralOPVBivalProduct2d10261076734e48cd7b289de6ea802e": "Polio Sabin One and Three, 20 doses",
    "PolioVaccineInactivatedIProductc726fd7210023aa5738617a79cae2b40": "IPV, Bilthoven, 1 dose",
    "PolioVaccineNovelOralnOPProduct65b137f0201901bc43fc8759e4f35f35": "nOPV2, Biological E., 20 doses",
    "PolioVaccineNovelOralnOPProduct278e9af5dc50904dd144a7ceb4d42dd7": "nOPV2, Bio Farma, 50 doses",
    "PolioVaccineNovelOralnOPProductab7589153ddbc7968e1749119c5b1678": "nOPV2, Biological E., 50 doses",
    "PolioVaccineInactivatedIProduct1d63ab46cee67d02439c47ed91439667": "IPV, Serum Institute, 1 dose",
    "PolioVaccineInactivatedIProduct13e82343f8e192fe6e3fbfbf2a47ffd7": "IPV, Serum Institute, 2 doses",
    "PolioVaccineInactivatedIProductf8085a2bd9a1c84fba1adee2ec6f6fb1": "IPV, Serum Institute, 5 doses",
    "PolioVaccineInactivatedIProductfea93261bf2f096ea48aed825522dc2d": "IPV, Serum Institute, 10 doses",
    "PolioVaccineOralOPVBivalProductdcbfa0a541c65032a917c39fa762c2f9": "OPV 1 and 3, Beijing, 20 doses",
    "PolioVaccineOralOPVBivalProduct06bf2d06adcc6d9e2bea8ac21846bb09": "bOPV, Serum Institute, 10 doses",
    "PolioVaccineOralOPVBivalProducta5416e91021f0c00915e4688ff508717": "bOPV, Serum Institute, 20 doses",
    "PolioVaccineInactivatedSProduct2050ea67709cfcde28a01f0546276e96": "sIPV, Sinovac, 1 dose",
    "PolioVaccineInactivatedSProduct25383b1f589d42af3719c7074f982c9b": "sIPV, Beijing, 1 dose",
    "PolioVaccineInactivatedSProductd554f4c3848920ca8bcd00d44afd18a4": "sIPV, Sinovac, 5 doses",
    "PolioVaccineInactivatedIProduct3cde3a30cacdc23b9ec3bdf4ba9d23ff": "IPV, Bilthoven, 5 doses",
    "PolioVaccineInactivatedIProduct4562bbd80c6e57dbe29b122817623854": "IPV, Bilthoven, 10 doses",
    "PolioVaccineOralOPVTrivaProductbd7faeaf3f0e633420fba396895d6cc9": "tOPV, Haffkine, 20 doses",
    "PolioVaccineInactivatedIProduct81ee9ba77c4419bbfe44a27cfd10027e": "ShanIPV, 5 doses",
    "PolioVaccineInactivatedIProduct8b13b5fcf5e9268b345775be7c3f077c": "ShanIPV, 10 doses",
}

PRODUCTS: dict[str, dict[str, str]] = {"16541001": _YELLOW_FEVER, "398102009": _POLIOMYELITIS}
