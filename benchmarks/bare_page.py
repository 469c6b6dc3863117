"""The least that Streamlit can show: the floor below which no page of ours can come."""

import streamlit as st

st.title("Kantong")
