"""Names for simulated viewers: common given names and family names of many countries, paired by chance."""

from __future__ import annotations

import numpy as np

GIVEN = (
    "Ada Adam Aisha Alejandro Amara Amir Ana Anders Anja Anneli Aroha Arjun Astrid Ayesha Bao Beatriz Ben Björn "
    "Bruno Camila Carlos Chiara Chloé Claire Daniel Dara Deniz Diego Dilnoza Dmitri Ebba Eileen Elena Elif Emeka "
    "Emil Emma Enzo Eva Fatou Felix Femi Fernanda Finn Flora Francesca Gabriel Georgi Giulia Grace Greta Hana Hannah "
    "Haruto Hassan Helena Henrik Hiroshi Hugo Ibrahim Ikram Ines Ingrid Isabel Ivan Jakub Jamila Jan Jasmin Javier "
    "Jelena Jin João Johanna Jonas Juan Julia Kaia Karim Katarzyna Keiko Kenji Kofi Kwame Lara Lars Laura Leila Lena "
    "Leo Liam Lin Linh Lucas Lucía Luka Magda Mai Maja Malik Manon Marco Maria Marta Mateo Matilda Mehmet Mei Mia "
    "Miguel Mila Milan Min Mira Mohamed Nadia Naoko Nikhil Nils Nina Noah Nora Nuno Olga Oliver Olu Omar Oskar Otto "
    "Paolo Pavel Petra Pilar Priya Rafael Rania Ravi Rebecca Rosa Ruth Sakura Salma Samir Sanna Sara Sean Sofia Sora "
    "Stefan Sunita Sven Tariq Tereza Thabo Theo Thomas Tomás Tuấn Uma Valentina Vera Victor Wei Wiktor Yara Yasmin "
    "Yuki Yusuf Zainab Zoe Zofia"
).split()

FAMILY = (
    "Abebe Acosta Adeyemi Ahmed Álvarez Andersen Andrade Bauer Becker Bianchi Blanc Borg Brandt Brown Byrne Campbell "
    "Carvalho Chan Chen Costa Cruz Das Delgado Demir Diallo Dubois Duarte Dvořák Eriksson Esposito Evans Farah "
    "Fernandes Ferrari Fischer Fontaine Fraser Friedman Fujita García Georgiou Gomes Graham Greco Green Grünwald Gupta "
    "Haddad Hall Hansen Hara Hassan Hoffmann Horvat Hughes Ibáñez Ito Ivanova Jansen Jensen Johansson Jovanović Kaplan "
    "Kaur Keller Kelly Khan Kim Kimura Klein Kovač Kowalska Kruger Kumar Lambert Larsen Lee Lehtonen Lewis Li Lima "
    "Lopes Mancini Martin Mbeki Mehta Mendoza Meyer Moreau Morales Mori Mwangi Nagy Nakamura Ndiaye Nguyen Nielsen "
    "Novák Nowak O'Brien Okafor Olsen Ortega Osei Özdemir Papadakis Park Patel Peeters Pereira Petrov Pham Popescu "
    "Quispe Rahman Ramos Reyes Ricci Richter Rojas Romano Rossi Roy Sánchez Santos Sato Schmidt Silva Singh Smirnova "
    "Sousa Suzuki Svensson Szabó Takahashi Tanaka Taylor Torres Tran Vargas Vega Virtanen Vogel Walker Wang Weber "
    "Williams Wójcik Wolf Yamada Yılmaz Young Zhang Zimmermann"
).split()


def viewer_names(n: int, seed: int) -> list[str]:
    """`n` different full names, the same for the same seed."""
    pairs = len(GIVEN) * len(FAMILY)
    if n > pairs:
        raise ValueError(f"{n} names were asked for, but only {pairs} can be made")
    picks = np.random.default_rng([seed, 1]).choice(pairs, size=n, replace=False)
    return [f"{GIVEN[pick // len(FAMILY)]} {FAMILY[pick % len(FAMILY)]}" for pick in picks.tolist()]
