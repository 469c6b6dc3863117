"""Published totals of Kota Malang that the simulated figures meet exactly."""

# Kota Malang Dalam Angka 2023, in https://malang.disway.id/read/3978/; sums to 847,182.
POPULATION_2023 = {
    "Klojen": 93_990,
    "Blimbing": 182_851,
    "Kedungkandang": 209_375,
    "Sukun": 196_860,
    "Lowokwaru": 164_106,
}

# Kelurahan by the code of their kecamatan, numbered from 1001: Kepmendagri 300.2.2-2430/2025.
KELURAHAN = {"35.73.01": 11, "35.73.02": 11, "35.73.03": 12, "35.73.04": 11, "35.73.05": 12}

# BPS, people below the poverty line in March: 34.84 and 34.41 thousand.
POOR_PEOPLE = {"2024": 34_840, "2025": 34_410}

# Press, October 2025: people in DTSEN deciles 1 to 5. They sum to 142,000; the same report
# states 163 thousand in all.
DTSEN_PEOPLE_2025Q3 = {1: 28_000, 2: 38_000, 3: 33_000, 4: 24_000, 5: 19_000}

# Families, 2023.
PKH_2023 = 9_537
BPNT_2023 = 15_011
BPNTD_2023 = 6_226
BPNTD_RP_A_MONTH = 125_000  # as paid in 2021

# Elderly people served, by year; Dinoyo's three in 2023: https://lenteratoday.com/post/item/134712/
RANTANG_KASIH = {"2023": 171, "2024": 136, "2025": 136}
RANTANG_KASIH_DINOYO_2023 = ("35.73.05.1004", 3)
RANTANG_KASIH_CSR_2024 = 200  # added by companies, August to December

# Houses repaired. 2023: 26 kelurahan, Rp3.7 billion, https://malangvoice.com (DPUPRPKP);
# 2024: Rp2 billion, https://tugusatu.com/2024/07/02/, eight of them in Tulusrejo.
HOUSES_2023 = {"Klojen": 40, "Blimbing": 30, "Kedungkandang": 12, "Lowokwaru": 23, "Sukun": 80}
HOUSES_2023_KELURAHAN = 26
HOUSES_2024 = {"Klojen": 3, "Blimbing": 29, "Kedungkandang": 13, "Lowokwaru": 44, "Sukun": 11}
HOUSES_2024_TULUSREJO = ("35.73.05.1010", 8)
HOUSES_2023_OTHERS = {"PUPR": 206, "Baznas": 5}
HOUSE_RP = 20_000_000

BLT_DBHCHT_2025 = 9_761  # cigarette workers, November 2025
DBHCHT_TRAINING_2025 = 55  # September 2025

# CSR gathered by Forum TSP; 2025 is January to October, 18 % of it social.
CSR_RP = {"2024": 4_870_000_000, "2025": 7_160_000_000}
CSR_SOCIAL_RP_2025 = 1_288_800_000
