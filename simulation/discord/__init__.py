"""A stand-in for Discord on 127.0.0.1: REST and gateway for an unmodified bot, and simulated people who use it."""

from simulation.discord.deliveries import Deliveries
from simulation.discord.fault_plan import FaultPlan, Kind, Risk
from simulation.discord.faults import Fault
from simulation.discord.people import Answer, Person, Refused
from simulation.discord.rate_limits import RateLimits
from simulation.discord.server import Server
from simulation.discord.views import Button, File, Form, Message, Select, Upload
from simulation.discord.world import World

__all__ = [
    "Answer",
    "Button",
    "Deliveries",
    "Fault",
    "FaultPlan",
    "File",
    "Form",
    "Kind",
    "Message",
    "Person",
    "RateLimits",
    "Refused",
    "Risk",
    "Select",
    "Server",
    "Upload",
    "World",
]
