"""Turn a folder of the official tables, as collected, into the compact ones that ship in the package.

Usage: ``python tools/package_tables.py FOLDER``. Every packaged table is keyed on the area codes of the mid-2024
population estimates. Nothing is estimated here: rows are chosen, summed over merged areas, and written down smaller.
"""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import pandas as pd

TABLES = Path(__file__).resolve().parents[1] / "src" / "demandsim" / "data" / "tables"
FIRST_YEAR, LAST_YEAR = 2023, 2045
AGES = [*(f"age_{age}" for age in range(90)), "age_90_plus"]
BANDS = ["pop_0_15", "pop_16_64", "pop_65_74", "pop_75_84", "pop_85_plus"]
THREE_PLACES = ["E08000024", "E08000010", "E08000037"]


class Raw:
    """The folder of collected tables, with the lookup from any area code to its mid-2024 successor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        vintages = self.read("lookup_lad_vintages")
        self.now = dict(zip(vintages.code, vintages.mid2024_code, strict=True))

    def read(self, name: str) -> pd.DataFrame:
        """Read one table; empty cells become empty strings, numbers stay numbers."""
        return pd.read_csv(self.folder / f"{name}.csv")

    def in_force(self, codes: pd.Series) -> pd.Series:
        """Codes of mid-2024 for codes of any vintage."""
        return codes.map(self.now)


def write(name: str, table: pd.DataFrame) -> None:
    """Write a table as CSV; names that end in ``.gz`` are compressed, without a time stamp."""
    text = table.to_csv(index=False, lineterminator="\n")
    path = TABLES / name
    if name.endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0, filename="") as handle:
            handle.write(text.encode())
        path.write_bytes(buffer.getvalue())
    else:
        path.write_text(text, encoding="utf-8", newline="\n")


def places(raw: Raw) -> pd.DataFrame:
    """Districts with the council that has the adult social care duty, then counties."""
    tier = raw.read("lookup_lad_to_upper_tier")
    districts = pd.DataFrame(
        {
            "code": tier.lad24_code,
            "name": tier.lad24_name,
            "kind": "district",
            "council_code": tier.upper_tier_code,
            "council_name": tier.upper_tier_name,
        }
    )
    counties = districts[districts.council_code.str.startswith("E10")].drop_duplicates("council_code")
    counties = counties.assign(code=counties.council_code, name=counties.council_name, kind="county")
    return pd.concat([districts.sort_values("code"), counties.sort_values("code")])


def former_places(raw: Raw) -> pd.DataFrame:
    """Areas that no longer exist, with what they are now: for error messages and old codes."""
    old = raw.read("lookup_lad_vintages")
    old = old[old.relation.isin(["merged", "recoded", "approximate", "split"])].fillna("")
    return old[["code", "name", "mid2024_code", "mid2024_name", "relation", "note"]].rename(
        columns={"mid2024_code": "code_now", "mid2024_name": "name_now"}
    )


def population(raw: Raw) -> pd.DataFrame:
    """Mid-2024 people of every district by sex and single year of age, 90 and over together."""
    table = raw.read("population_mid2024_lad_sex_single_year")
    table = table[table.area_code.str.match("E0[6789]")].rename(columns={"area_code": "code"})
    return table.sort_values(["code", "sex"])[["code", "sex", *AGES]]


def oldest(raw: Raw) -> pd.DataFrame:
    """Census 2021 people aged 90 to 100 and over, both sexes."""
    table = raw.read("census2021_population_ltla_single_year_persons")
    ages = [c for c in table.columns if c.startswith("age_")][90:]
    table["code"] = raw.in_force(table.area_code)
    table = table[table.code.str.match("E0[6789]", na=False)]
    return table.groupby("code")[ages].sum().reset_index()


def neighbourhoods(raw: Raw) -> pd.DataFrame:
    """LSOAs of 2011: district, name where known, deprivation deciles of 2019 and 2025, people in five bands."""
    table = raw.read("imd2019_lsoa11_population_england")
    table["district"] = raw.in_force(table.lad22_code)
    names = raw.read("lsoa11_single_year_age_mid2020_places")[["lsoa11_code", "lsoa11_name"]]
    later = raw.read("lookup_lsoa11_to_lsoa21").merge(
        raw.read("imd2025_lsoa21_disability2021_england"), on="lsoa21_code"
    )
    later["weighted"] = later.imd_decile * later.residents_2021
    sums = later.groupby("lsoa11_code")[["weighted", "residents_2021"]].sum()
    decile_2025 = (sums.weighted / sums.residents_2021).round().astype(int).rename("imd2025_decile").reset_index()
    table = table.merge(names, on="lsoa11_code", how="left").merge(decile_2025, on="lsoa11_code", how="left")
    if table.imd2025_decile.isna().any():
        raise ValueError("an LSOA of 2011 has no deprivation decile of 2025")
    table["imd2025_decile"] = table.imd2025_decile.astype(int)
    table = table.rename(columns={"lsoa11_code": "code", "lsoa11_name": "name", "imd_decile": "imd2019_decile"})
    keep = ["district", "code", "name", "imd2019_decile", "imd2025_decile", *BANDS]
    return table.sort_values(["district", "code"])[keep]


def england_quintiles(raw: Raw) -> pd.DataFrame:
    """England's people by fifth of deprivation (0 most deprived) in five bands."""
    table = raw.read("imd2019_lsoa11_population_england")
    table["quintile"] = (table.imd_decile - 1) // 2
    return table.groupby("quintile")[BANDS].sum().reset_index()


def partnership(raw: Raw) -> pd.DataFrame:
    """Adults of 16 and over by legal partnership status."""
    short = {
        "Never": "never_married",
        "Marri": "married",
        "Separ": "separated",
        "Divor": "divorced",
        "Widow": "widowed",
    }
    table = raw.read("legal_partnership_status_2021_ltla")
    table["code"] = raw.in_force(table.area_code)
    table["status"] = table.legal_partnership.str[:5].map(short)
    table = table[table.code.str.match("E0[6789]", na=False)]
    wide = table.pivot_table(index="code", columns="status", values="n", aggfunc="sum").astype(int)
    return wide[list(short.values())].reset_index()


def living_alone(raw: Raw) -> pd.DataFrame:
    """UK people living alone in 2024 with the people they are part of, by sex and age band."""
    alone = raw.read("living_alone_by_age_sex_uk_2010_2025")
    people = raw.read("population_mid2024_uk_sex_single_year")
    people = people[people.area_code == "K02000001"].set_index("sex")
    rows = []
    for band, first, last in (
        ("16-24", 16, 24),
        ("25-44", 25, 44),
        ("45-64", 45, 64),
        ("65-74", 65, 74),
        ("75+", 75, 90),
    ):
        for sex in ("female", "male"):
            found = alone[(alone.year == 2024) & (alone.sex == sex) & (alone.age_band == band)]
            count = int(people.loc[sex, AGES[first : last + 1]].sum())
            rows.append((sex, band, first, int(found.living_alone_thousands.iloc[0]) * 1000, count))
    return pd.DataFrame(rows, columns=["sex", "band", "age_from", "living_alone", "people"])


def communal(raw: Raw) -> pd.DataFrame:
    """Residents of communal homes in three places, with the people they are part of (Census 2021).

    The census table has no sex: people are split by the sex ratio of mid-2020 at each age.
    """
    homes = raw.read("communal_establishment_residents_2021_places")
    census = raw.read("census2021_population_ltla_single_year_persons").set_index("area_code")
    census[AGES[90]] = census[[c for c in census.columns if c.startswith("age_")][90:]].sum(axis=1)
    mid = raw.read("population_mid2020_lad_sex_single_year").set_index(["area_code", "sex"])[AGES]
    rows = []
    for line in homes[homes.age_band != "total"].itertuples():
        first, last = _ends(str(line.age_band))
        ages = AGES[first : last + 1]
        both = mid.loc[(line.area_code, "female"), ages] + mid.loc[(line.area_code, "male"), ages]
        people = census.loc[line.area_code, ages] * mid.loc[(line.area_code, line.sex), ages] / both
        rows.append(
            (line.area_code, line.sex, first, line.residents_in_communal_establishments, round(float(people.sum())))
        )
    return pd.DataFrame(rows, columns=["code", "sex", "age_from", "residents", "people"])


def _ends(band: str) -> tuple[int, int]:
    """First and last single year of an age band such as ``15``, ``66-69`` or ``85+``."""
    if band.endswith("+"):
        return int(band[:-1]), 90
    first, _, last = band.partition("-")
    return int(first), int(last or first)


def households(raw: Raw) -> pd.DataFrame:
    """Households and their tenure, Census 2021."""
    table = raw.read("households_tenure_2021_lad").rename(
        columns={"area_code": "code", "households_ts054": "households"}
    )
    return table.drop(columns=["area_name", "households_ts041"]).sort_values("code")


def births_and_deaths(raw: Raw) -> pd.DataFrame:
    """Factors on UK death rates and on fertility of 2017, births and deaths of the year to mid-2024."""
    table = raw.read("scaling_deaths_births_by_area").rename(columns={"area_code": "code"})
    table = table.rename(
        columns={"deaths_factor_on_mid2024": "deaths_factor", "births_factor_on_mid2024": "births_factor"}
    )
    keep = ["code", "deaths_2023", "deaths_2024", "births_2023", "births_2024", "deaths_factor", "births_factor"]
    return table.sort_values("code")[keep]


def migration(raw: Raw) -> pd.DataFrame:
    """Net moves per 1,000 a year by age, gross flows per 1,000 in the year to mid-2024, and international net moves.

    The last are the mean of the years to mid-2023 and mid-2024, the first of them as since revised.
    """
    net = raw.read("net_migration_by_age_by_area_2021_2024").drop(
        columns=["area_name", "area_type", "net_persons_per_year_4_plus"]
    )
    gross = raw.read("net_migration_by_area")
    flows = [c for c in gross.columns if c.endswith("_2024") and "per_1000" in c]
    gross = gross.rename(columns={"international_net_per_1000_mean_revised": "international_net"})
    kept = ["area_code", *flows, "international_net"]
    table = net.merge(gross[kept], on="area_code").rename(columns={"area_code": "code"})
    table.columns = [c.replace("_per_1000_per_year", "").replace("_per_1000_2024", "") for c in table.columns]
    return table.sort_values("code")


def life_table(raw: Raw) -> pd.DataFrame:
    """UK chances of dying within a year, per 100,000, past and projected: one row a year and sex."""
    table = raw.read("uk_qx_period_2001_2070")
    table = table[table.year.between(FIRST_YEAR, LAST_YEAR)]
    wide = table.pivot_table(index=["year", "sex"], columns="age", values="qx_per_100000")
    wide.columns = [f"age_{age}" for age in wide.columns]
    return wide.reset_index()


def deprivation_mortality(raw: Raw) -> pd.DataFrame:
    """Deaths and people of England 2012-2016 by fifth of deprivation, sex and five-year age to 74."""
    table = raw.read("mortality_by_imd_decile_age_sex_england_2012_2016")
    table["quintile"] = (table.imd_decile - 1) // 2
    table["age_from"] = table.age // 5 * 5
    return (
        table.groupby(["sex", "quintile", "age_from"])[["deaths", "population"]].sum().round().astype(int).reset_index()
    )


def unpaid_care_rates(raw: Raw) -> pd.DataFrame:
    """People who give unpaid care, England and Wales, by sex and age band."""
    table = raw.read("unpaid_care_by_age_sex_2021_england_wales")
    table["age_from"] = table.age_band.str.extract(r"Aged (\d+)").astype(int)
    table = table[table.care == "Provides unpaid care"].rename(columns={"n": "carers", "total_population": "people"})
    return table.sort_values(["sex", "age_from"])[["sex", "age_from", "carers", "people"]]


def unpaid_care_hours(raw: Raw) -> pd.DataFrame:
    """Residents of 5 and over by hours of unpaid care a week."""
    table = raw.read("unpaid_care_hours_2021_lad")
    table["code"] = raw.in_force(table.area_code)
    table = table[table.code.str.match("E0[6789]", na=False)]
    columns = [c for c in table.columns if c.startswith(("residents", "no_unpaid", "hours"))]
    return table.groupby("code")[columns].sum().reset_index()


def loneliness(raw: Raw) -> pd.DataFrame:
    """Modelled share of people who are lonely: merged areas weighted by their residents in 2021."""
    table = raw.read("loneliness_cls2020_lad_modelled")
    people = raw.read("census2021_population_ltla_single_year_persons").set_index("area_code").all_ages
    table["people"] = table.lad22_code.map(people)
    table["lonely"] = table.pct_lonely_cls2020 * table.people / 100
    table["code"] = raw.in_force(table.lad22_code)
    sums = table.groupby("code")[["lonely", "people"]].sum()
    return (sums.lonely / sums.people).round(4).rename("lonely_share").reset_index()


def council_care(raw: Raw) -> pd.DataFrame:
    """Adult social care of eight councils: clients, people, assessments, vacancies."""
    return (
        raw.read("asc_long_term_support_cld_vacancy_places")
        .rename(columns={"area_code": "code"})
        .drop(columns="area_name")
    )


def attendance_allowance(raw: Raw) -> pd.DataFrame:
    """People entitled to Attendance Allowance, England, August 2023."""
    table = raw.read("attendance_allowance_by_age_sex_england_aug2023")
    table["age_from"] = table.age_band.str[:2].astype(int)
    table = table.rename(
        columns={"aa_lower_rate": "lower_rate", "aa_higher_rate": "higher_rate", "population_mid2023": "people"}
    )
    return table[["sex", "age_from", "lower_rate", "higher_rate", "people"]]


def main() -> None:
    """Write every packaged table."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python tools/package_tables.py FOLDER_OF_COLLECTED_TABLES")
    raw = Raw(Path(sys.argv[1]))
    TABLES.mkdir(parents=True, exist_ok=True)
    for name, table in (
        ("places.csv", places),
        ("former_places.csv", former_places),
        ("population.csv.gz", population),
        ("oldest.csv.gz", oldest),
        ("neighbourhoods.csv.gz", neighbourhoods),
        ("england_quintiles.csv", england_quintiles),
        ("partnership.csv.gz", partnership),
        ("living_alone.csv", living_alone),
        ("communal.csv", communal),
        ("households.csv.gz", households),
        ("births_and_deaths.csv.gz", births_and_deaths),
        ("migration.csv.gz", migration),
        ("life_table.csv.gz", life_table),
        ("deprivation_mortality.csv", deprivation_mortality),
        ("unpaid_care_rates.csv", unpaid_care_rates),
        ("unpaid_care_hours.csv.gz", unpaid_care_hours),
        ("loneliness.csv.gz", loneliness),
        ("council_care.csv", council_care),
        ("attendance_allowance.csv", attendance_allowance),
    ):
        write(name, table(raw))
    write("fertility.csv", raw.read("asfr_single_year_2017_england_wales").drop(columns="year"))
    write("gdp_deflators.csv", raw.read("gdp_deflators_financial_year").drop(columns="note"))


if __name__ == "__main__":
    main()
