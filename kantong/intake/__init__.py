"""What comes in, understood and checked before anything is kept.

Tables of counts, registers of people, lists of interventions, return sheets and layers.
"""
