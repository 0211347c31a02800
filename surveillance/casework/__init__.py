"""What officers do with what was found: hits become alerts, alerts cases, cases decisions."""
